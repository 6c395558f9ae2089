import { connect, type Socket } from "node:net";

/** What came back on a connection until the server closed it, or until `quietMs` went by after the last byte. */
export interface RawAnswer {
  readonly text: string;
  readonly isClosed: boolean;
}

/** Sends bytes as they are over a connection of its own and collects the answer; half-closes after them if `ends`. */
export function sendRaw(
  url: string,
  bytes: string | Buffer,
  { quietMs = 5_000, ends = false, isDone = isWhole }: SendOptions = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = openSocket(url);
    let text = "";
    const finish = (isClosed: boolean) => {
      socket.destroy();
      resolve({ text, isClosed });
    };
    socket.setTimeout(quietMs, () => finish(false));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (isDone(text)) finish(false);
    });
    socket.on("close", () => resolve({ text, isClosed: true }));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") finish(true);
      else reject(error);
    });
    socket.on("connect", () => (ends ? socket.end(bytes) : socket.write(bytes)));
  });
}

export interface SendOptions {
  readonly quietMs?: number;
  readonly ends?: boolean;
  /** Tells from the text so far that nothing more is expected. */
  readonly isDone?: (text: string) => boolean;
}

export function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port) });
}

/** One whole answer with a declared length. */
function isWhole(text: string): boolean {
  const headEnd = text.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
  return headEnd >= 0 && length !== undefined && text.length >= headEnd + 4 + Number(length);
}

/** Status, headers (lower case) and body of each answer in a text. */
export function parseAnswers(text: string): { status: number; headers: Map<string, string>; body: string }[] {
  const answers: { status: number; headers: Map<string, string>; body: string }[] = [];
  let rest = text;
  while (rest.startsWith("HTTP/1.")) {
    const headEnd = rest.indexOf("\r\n\r\n");
    const [first = "", ...lines] = rest.slice(0, headEnd).split("\r\n");
    const headers = new Map(lines.map((line) => splitHeader(line)));
    const length = Number(headers.get("content-length") ?? 0);
    const body = rest.slice(headEnd + 4, headEnd + 4 + length);
    answers.push({ status: Number(first.split(" ")[1]), headers, body });
    rest = rest.slice(headEnd + 4 + length);
  }
  return answers;
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
