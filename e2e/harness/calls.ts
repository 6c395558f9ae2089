import type { Accepted, Answer, Client, EventView, Leased, Page, Settled } from "./client.ts";

/** Fails with the answer in the message unless its status is the one expected; gives its JSON. */
export function expectStatus<T>(answer: Answer<T>, status: number): T {
  if (answer.status === status) return answer.json;
  throw new Error(`Expected ${status}, got ${answer.status}: ${answer.bytes.toString().slice(0, 2_000)}`);
}

export async function postEvent(
  client: Client,
  event: Readonly<Record<string, unknown>>,
  idempotencyKey?: string,
): Promise<Accepted> {
  const headers = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
  return expectStatus(await client.send<Accepted>("POST", "/v1/events", { body: event, headers }), 201);
}

export interface LeaseWish {
  readonly limit?: number;
  readonly lease_seconds?: number;
  readonly wait_seconds?: number;
}

export async function lease(client: Client, wish: LeaseWish, inbox = "main"): Promise<readonly Leased[]> {
  const answer = await client.send<{ deliveries: readonly Leased[] }>(
    "POST",
    `/v1/inbox/lease?inbox=${inbox}`,
    {
      body: wish,
    },
  );
  return expectStatus(answer, 200).deliveries;
}

/** A delivery to settle, with what some verbs take besides. */
export interface SettleItem {
  readonly delivery_id: string;
  readonly lease_token: string;
  readonly delay_seconds?: number;
  readonly lease_seconds?: number;
  readonly reason?: string;
}

/** Settles deliveries; gives the outcomes in their order. */
export async function settle(
  client: Client,
  verb: "ack" | "release" | "bury" | "extend",
  deliveries: readonly SettleItem[],
): Promise<readonly string[]> {
  const items = deliveries.map(({ delivery_id, lease_token, delay_seconds, lease_seconds, reason }) => ({
    ...{ delivery_id, lease_token, delay_seconds, lease_seconds, reason },
  }));
  const answer = await client.send<{ results: readonly Settled[] }>("POST", `/v1/inbox/${verb}`, {
    body: { deliveries: items },
  });
  return expectStatus(answer, 200).results.map(({ outcome }) => outcome);
}

/** The whole feed, oldest first. */
export async function readFeed(client: Client, query = ""): Promise<EventView[]> {
  const events: EventView[] = [];
  let cursor = "";
  for (;;) {
    const path = `/v1/events?order=oldest&limit=1000${query}${cursor}`;
    const { data, next_cursor } = expectStatus(await client.send<Page<EventView>>("GET", path), 200);
    if (data.length === 0) return events;
    events.push(...data);
    cursor = `&cursor=${next_cursor}`;
  }
}
