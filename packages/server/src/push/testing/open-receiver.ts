import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";

/** A request as it came in, whole. */
export interface ReceivedRequest {
  readonly head: string;
  readonly body: Buffer;
  /** What was written with `sni`; null without TLS. */
  readonly servername: string | null;
}

/** A receiver of raw bytes on loopback, which can misbehave in every way. */
export interface Receiver {
  readonly port: number;
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Connections ever accepted. */
  connections(): number;
  /** Connections that are open. */
  open(): number;
  /** Resolves when no connection is open any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Answers one request; `count` is 1 for the first. */
export type Respond = (socket: Socket, request: ReceivedRequest, count: number) => void;

export interface ReceiverOptions {
  readonly respond: Respond;
  readonly host?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export const OK: Respond = (socket) => {
  socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
};

export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { respond, host = "127.0.0.1", tls } = options;
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const accept = (socket: Socket): void => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    readRequests(socket, (request) => {
      requests.push(request);
      respond(socket, request, requests.length);
    });
  };
  const server: Server = tls === undefined ? createTcpServer(accept) : createTlsServer(tls, accept);
  // A test may open more connections at once than wait by default.
  server.listen({ port: 0, host, backlog: 4_096 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    port,
    url: `${tls === undefined ? "http" : "https"}://${name}:${port}/hook`,
    requests,
    connections: () => connections,
    open: () => sockets.size,
    idle: async () => {
      for (const socket of sockets) await new Promise((resolve) => socket.once("close", resolve));
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function readRequests(socket: Socket, take: (request: ReceivedRequest) => void): void {
  let pending = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const end = pending.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = pending.toString("latin1", 0, end);
      const bodyBytes = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (pending.length < end + 4 + bodyBytes) return;
      const body = pending.subarray(end + 4, end + 4 + bodyBytes);
      pending = pending.subarray(end + 4 + bodyBytes);
      take({ head, body, servername: servernameOf(socket) });
    }
  });
}

function servernameOf(socket: Socket | TLSSocket): string | null {
  const name = "servername" in socket ? socket.servername : null;
  return typeof name === "string" ? name : null;
}
