import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { eventually } from "./eventually.ts";

/** A webhook request as it came in, whole. */
export interface Hook {
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Monotonic ms. */
  readonly at: number;
}

/** A status, or a connection that is reset. A promise that never resolves is a request that hangs. */
export type HookAnswer = number | "reset";

/** An endpoint on loopback; below its URL every path is one of its own. */
export interface Hooks extends AsyncDisposable {
  readonly url: string;
  /** Resolves when nobody is connected: what a killed program sent has come by then, or never will. */
  whenLeft(): Promise<void>;
}

/** Answers webhooks by `answer`, over connections that are kept open; with key and certificate over TLS. */
export async function openHooks(
  answer: (hook: Hook) => HookAnswer | Promise<HookAnswer>,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Hooks> {
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    void receive(request)
      .then(answer)
      .then((given) => reply(response, given))
      .catch(() => response.destroy());
  };
  const options = { keepAliveTimeout: 60_000, ...tls };
  const server = tls === undefined ? createServer(options, serve) : createTlsServer(options, serve);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    async whenLeft() {
      await eventually(
        () => new Promise<number>((tell) => server.getConnections((_, count) => tell(count))),
        (count) => count === 0,
      );
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function receive(request: IncomingMessage): Promise<Hook> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { url: path = "/", headers } = request;
  return { path, headers, body: Buffer.concat(chunks), at: performance.now() };
}

function reply(response: ServerResponse, answer: HookAnswer): void {
  if (answer === "reset") response.socket?.resetAndDestroy();
  else response.writeHead(answer, { "content-length": "0" }).end();
}
