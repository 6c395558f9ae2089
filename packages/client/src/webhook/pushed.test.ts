import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEvent, type Triggers, verifyWebhook } from "../index.ts";
import { openReceiver, type Receiver } from "../testing/open-receiver.ts";
import { openServer, type TestServer } from "../testing/open-server.ts";

let server: TestServer;
let client: Triggers;
let receiver: Receiver;
beforeAll(async () => {
  server = await openServer();
  client = server.client();
  receiver = await openReceiver();
});
afterAll(async () => {
  await receiver?.close();
  await server?.close();
});

const PAYLOAD = '{ "big": 9007199254740993,\n "z":1e400, "text":"grüße 🎉" }';

/** A webhook of its own for one event type. */
async function subscribe(type: string, format: "event" | "payload" | "cloudevents" = "event") {
  const webhook = { url: `${receiver.url}/${type}`, format };
  const made = await client.subscriptions.ensure(type, {
    channel: "webhook",
    filter: { type: [type] },
    webhook,
  });
  return { id: made.id, secret: await client.subscriptions.secret(made.id) };
}

describe("What the server pushes", () => {
  it("is genuine, and holds the event as it was sent", async () => {
    const { secret } = await subscribe("order.made");
    const { event_id: id } = await client.events.send({ type: "order.made", payloadText: PAYLOAD });
    const { headers, body } = await receiver.next();
    const { id: deliveryId, text, timestamp } = await verifyWebhook(headers, body, secret);
    expect(parseEvent(text)).toMatchObject({ id, type: "order.made", payloadText: PAYLOAD });
    expect(await client.deliveries.get(deliveryId)).toMatchObject({ event_id: id });
    expect(Math.abs(Date.now() - timestamp.getTime())).toBeLessThan(60_000);
  });

  it("is genuine in every format", async () => {
    const { secret } = await subscribe("order.raw", "payload");
    await client.events.send({ type: "order.raw", payloadText: PAYLOAD });
    const raw = await receiver.next();
    expect((await verifyWebhook(raw.headers, raw.body, secret)).text).toBe(PAYLOAD);
    const cloud = await subscribe("order.cloud", "cloudevents");
    await client.events.send({ type: "order.cloud", payloadText: PAYLOAD });
    const pushed = await receiver.next();
    const { text } = await verifyWebhook(pushed.headers, pushed.body, cloud.secret);
    expect(JSON.parse(text)).toMatchObject({ specversion: "1.0", type: "order.cloud" });
  });

  it("is genuine with the old and the new secret while they overlap, and afterwards with the new one alone", async () => {
    const { id, secret: old } = await subscribe("order.turned");
    const { secret: next } = await client.subscriptions.rotateSecret(id, { overlap_hours: 1 });
    await client.events.send({ type: "order.turned", payload: {} });
    const during = await receiver.next();
    for (const secret of [old, next, [old, next]]) await verifyWebhook(during.headers, during.body, secret);
    const { secret: last } = await client.subscriptions.rotateSecret(id, { overlap_hours: 0 });
    await client.events.send({ type: "order.turned", payload: {} });
    const after = await receiver.next();
    await verifyWebhook(after.headers, after.body, [next, last]);
    for (const secret of [old, next]) {
      await expect(verifyWebhook(after.headers, after.body, secret)).rejects.toMatchObject({
        code: "webhook_signature_invalid",
      });
    }
  });
});
