import { once } from "node:events";
import { createServer } from "node:http";
import { parseEvent, Triggers, verifyWebhook } from "@triggers/client";
import { expect, it } from "vitest";
import { openTestApp } from "../../http/testing/open-test-app.ts";
import { freePort } from "../../store/testing/free-port.ts";
import { makeOutput } from "../output/output.ts";
import { openForwarder } from "./forward-event.ts";
import { makeLeaseBodies } from "./lease-bodies.ts";
import { listenSecret } from "./listen-secret.ts";
import { makeTellServer } from "./tell-server.ts";
import { watchInbox } from "./watch-inbox.ts";

const INBOX = "listened";
const WAIT = { timeout: 10_000 };

it("gives events back while the receiver stays away, and hands them over when it is there again", async () => {
  const app = await openTestApp();
  const baseUrl = await app.server.listen({ port: 0, host: "127.0.0.1" });
  const secret = listenSecret(app.key);
  const [told, came]: [string[], string[]] = [[], []];
  const output = { ...makeOutput({}), row: () => undefined, note: (words: string) => void told.push(words) };
  const bodies = makeLeaseBodies(fetch);
  const triggers = new Triggers({ baseUrl, apiKey: app.key, fetch: bodies.fetch });
  const { id } = await triggers.subscriptions.ensure(INBOX, { channel: "inbox" });

  const port = await freePort();
  const url = `http://127.0.0.1:${port}/hook`;
  const receive = async () => {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { text } = await verifyWebhook(request.headers, Buffer.concat(chunks), secret);
      came.push(parseEvent(text).id);
      response.writeHead(204).end();
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    return async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    };
  };

  const stopping = new AbortController();
  await using forwarder = openForwarder({ url, secret, timeoutMs: 5_000 });
  const parts = { triggers, bodies, forwarder, output, tellServer: makeTellServer(output), stopping };
  let stopReceiver = await receive();
  const watched = watchInbox(parts, { inbox: { name: INBOX }, url, holdMs: 200 });
  const first = await triggers.events.send({ payload: {} });
  await expect.poll(() => came, WAIT).toEqual([first.event_id]);

  await stopReceiver();
  const second = await triggers.events.send({ payload: {} });
  // Given back: it waits in the inbox, and nobody holds it.
  await expect
    .poll(
      async () => (await triggers.deliveries.list({ subscription_id: id, state: "pending" }).page()).data,
      WAIT,
    )
    .toMatchObject([{ event_id: second.event_id, attempt: 1 }]);
  stopReceiver = await receive();
  await expect.poll(() => came, WAIT).toEqual([first.event_id, second.event_id]);

  stopping.abort();
  const { tally, isGone } = await watched;
  expect([tally, isGone]).toMatchObject([{ acknowledged: 2, released: 1, lost: 0, unsettled: 0 }, false]);
  expect(told).toEqual([
    `Nobody listens at ${url}: events wait until somebody does.`,
    `Somebody listens at ${url} now.`,
  ]);
  await stopReceiver();
  await app.close();
});
