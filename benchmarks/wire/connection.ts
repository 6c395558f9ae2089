import { once } from "node:events";
import { connect } from "node:net";
import { makeMessageReader } from "./message-reader.ts";

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** A kept connection with one request under way at a time. */
export interface Connection {
  /** Sends a whole request, in ASCII. Rejects if the connection breaks before the answer is complete. */
  send(request: string): Promise<Answer>;
  close(): void;
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const STATUS_AT = "HTTP/1.1 ".length;

export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, "connect");
  let pending: Pending | null = null;
  let broken: Error | null = null;
  const read = makeMessageReader(({ head, body }) => {
    const answered = pending;
    pending = null;
    answered?.resolve({ status: Number(head.slice(STATUS_AT, STATUS_AT + 3)), body });
  });
  const fail = (error: Error) => {
    broken ??= error;
    pending?.reject(broken);
  };
  socket.on("data", read);
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("The server closed the connection.")));
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        // A server closes connections that are idle.
        if (broken !== null) return reject(broken);
        pending = { resolve, reject };
        socket.write(request, "latin1");
      }),
    close: () => socket.destroy(),
  };
}
