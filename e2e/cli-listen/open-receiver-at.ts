import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A program of a developer, on a port that it may have had before. */
export interface ReceiverAt extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** The ids of the events that came. */
  ids(): readonly string[];
}

/** `answer` gives a status, or breaks the connection off; `count` is how many requests have come, this one included. */
export async function openReceiverAt(
  answer: (request: { readonly count: number }) => number | "reset" = () => 204,
  port = 0,
): Promise<ReceiverAt> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) });
    const given = answer({ count: received.length });
    if (given === "reset") request.socket.resetAndDestroy();
    else response.writeHead(given).end();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    ids: () => received.map(({ body }) => (JSON.parse(body.toString()) as { id: string }).id),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
