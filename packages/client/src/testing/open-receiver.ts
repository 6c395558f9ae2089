import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** An endpoint on this machine that answers 204 and hands out what came, in its order. */
export interface Receiver {
  readonly url: string;
  next(): Promise<ReceivedWebhook>;
  close(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const received: ReceivedWebhook[] = [];
  const waiting: ((webhook: ReceivedWebhook) => void)[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const webhook = { headers: request.headers, body: Buffer.concat(chunks) };
    response.writeHead(204).end();
    const give = waiting.shift();
    if (give === undefined) received.push(webhook);
    else give(webhook);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    next: () =>
      new Promise((resolve) => {
        const webhook = received.shift();
        if (webhook === undefined) waiting.push(resolve);
        else resolve(webhook);
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
