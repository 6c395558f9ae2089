import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isDeepStrictEqual } from "node:util";

/** See conformance/README.md. */
export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string | null>>;
    readonly body?: unknown;
    readonly body_text?: string;
  };
  readonly answer: PlayedAnswer | "cut" | "cut_body" | "silent";
}

interface PlayedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly body_text?: string;
}

/** A server that expects exchanges and plays its part in them. */
export interface Player {
  readonly url: string;
  /** What came otherwise than expected, and what did not come. */
  differences(): string[] | Promise<string[]>;
  close(): Promise<void>;
}

interface Came {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

export async function playExchanges(exchanges: readonly Exchange[], isUnordered: boolean): Promise<Player> {
  const left = [...exchanges];
  const differences: string[] = [];
  const names = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const came = await readRequest(request);
    const matching = left.findIndex((one) => compare(one.request, came, new Map(names)).length === 0);
    const [exchange] = left.splice(isUnordered ? Math.max(0, matching) : 0, 1);
    if (exchange === undefined) {
      differences.push(`one request too many: ${came.method} ${came.path}`);
      response.writeHead(599).end();
      return;
    }
    differences.push(...compare(exchange.request, came, names));
    play(exchange.answer, request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    differences: () => [
      ...differences,
      ...left.map(({ request }) => `it did not come: ${request.method} ${request.path}`),
    ],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<Came> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = "", url: path = "", headers } = request;
  return { method, path, headers, text: Buffer.concat(chunks).toString() };
}

/** Writes down in `names` what stands for `$name`. */
function compare(expected: Exchange["request"], came: Came, names: Map<string, string>): string[] {
  const differences: string[] = [];
  const check = (what: string, wanted: unknown, got: unknown): void => {
    if (!isDeepStrictEqual(wanted, got)) differences.push(`${what}: ${JSON.stringify(got)}`);
  };
  check("method", expected.method, came.method);
  check("path", expected.path, came.path);
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    const got = came.headers[name] ?? null;
    const wanted = value?.startsWith("$") === true ? (names.get(value) ?? got) : value;
    if (value !== null && typeof wanted === "string") names.set(value, wanted);
    check(`header ${name}`, wanted, got);
    if (value !== null && got === null) differences.push(`header ${name} is missing`);
  }
  if (expected.body_text !== undefined) check("body", expected.body_text, came.text);
  if (expected.body !== undefined)
    check("body", expected.body, came.text === "" ? null : JSON.parse(came.text));
  return differences;
}

function play(answer: Exchange["answer"], request: IncomingMessage, response: ServerResponse): void {
  if (answer === "silent") return;
  if (answer === "cut") {
    request.socket.destroy();
  } else if (answer === "cut_body") {
    response.writeHead(200, { "content-type": "application/json", "content-length": 100 });
    response.write('{"event', () => request.socket.destroy());
  } else {
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body_text ?? JSON.stringify(answer.body));
  }
}
