import { expect } from "vitest";
import { lease, postEvent, type SettleItem, settle } from "../harness/calls.ts";
import type { Client } from "../harness/client.ts";
import { done, refused, type Scene } from "./scene.ts";
import { makeEvent } from "./use-events.ts";

/** An ordered inbox with a filter, and everything that can become of a delivery in it. */
export async function useInbox(scene: Scene): Promise<void> {
  const { client, secrets, round } = scene;
  const { canary } = secrets;
  const name = `sealed-${round}`;
  const filter = {
    subject: [canary("subject")],
    payload: { [canary("payload-key")]: [{ prefix: "canary" }] },
    metadata: { [canary("filter-key")]: [{ exists: false }, canary("filter")] },
  };
  const wish = { channel: "inbox", filter, ordered: true };
  const { id } = await done<{ id: string }>(client, `PUT /v1/subscriptions/by-name/${name}`, wish);
  await done(client, `PATCH /v1/subscriptions/${id}`, { labels: ["sealed"] });
  await postEvent(client, makeEvent(scene));
  const { event_id } = await postEvent(client, makeEvent(scene, { ordering_key: null }));

  await done(client, `GET /v1/inbox?inbox=${name}`);
  await done(client, `POST /v1/events/${event_id}/ack?inbox=${name}`);
  const reason = canary("reason");
  const one = { client, inbox: name };
  await settleOne(one, "extend", { lease_seconds: 1 });
  await settleOne(one, "release", { reason });
  await settleOne(one, "bury", { reason });
  expect(await settle(client, "ack", await lease(client, { limit: 10 }))).toContain("acknowledged");

  const lost = [{ delivery_id: "A".repeat(43), lease_token: canary("bad-token") }];
  await done(client, "POST /v1/inbox/ack", { deliveries: lost });
  await refused(client, `POST /v1/inbox/lease?inbox=${name}`, { body: { limit: canary("bad-field") } });
  await done(client, `POST /v1/subscriptions/${id}/pause`);
  await refused(client, `POST /v1/inbox/lease?inbox=${name}`, { body: {} });
  await done(client, `POST /v1/subscriptions/${id}/resume`);
  for (const path of [`/v1/subscriptions/${id}`, `/v1/subscriptions/${id}/stats`, "/v1/subscriptions"])
    await done(client, `GET ${path}`);
  await done(client, `DELETE /v1/subscriptions/${id}`);
}

/** Waits for the one delivery that is there: its lease may have to run out first. */
async function settleOne(
  { client, inbox }: { readonly client: Client; readonly inbox: string },
  verb: "extend" | "release" | "bury",
  more: Partial<SettleItem>,
): Promise<void> {
  const [one] = await lease(client, { limit: 1, lease_seconds: 60, wait_seconds: 10 }, inbox);
  if (one === undefined) throw new Error(`There is nothing to ${verb}.`);
  expect(await settle(client, verb, [{ ...one, ...more }])).toHaveLength(1);
}
