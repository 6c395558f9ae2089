import { expect } from "vitest";
import { postEvent } from "../harness/calls.ts";
import type { Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { openHooks } from "../harness/open-hooks.ts";
import { countStates, readDeliveries, type SubscriptionView, subscribe } from "../harness/webhooks.ts";
import { makeFlakyEndpoint, type Numbered, type Sight } from "./flaky-order.ts";

/** Of the requests to an endpoint, so many fail. */
export const FAILING = 0.2;

/** Events of some keys, numbered from zero on. */
export interface Series {
  readonly keys: number;
  readonly eventsPerKey: number;
}

/** Posts each key in order, all keys at once, for an ordered webhook whose endpoint fails at random; fails unless each key comes in order, one request at a time, and all is acknowledged. */
export async function expectPushOrder(
  client: Client,
  { seed, withinMs, ...series }: Series & { readonly seed: number; readonly withinMs: number },
): Promise<void> {
  const endpoint = makeFlakyEndpoint({ keys: series.keys, failing: FAILING, seed });
  await using hooks = await openHooks(endpoint.answer);
  const webhook = await makeFlakyWebhook(client, hooks.url, { ...series, ordered: true });
  const keys = Array.from({ length: series.keys }, (_, key) => key);
  await Promise.all(keys.map((key) => postInOrder(client, key, series)));
  await whenTaken(endpoint.sight, series, withinMs);
  expectInOrder(endpoint.sight, series);
  await expectAcknowledged(client, webhook, series);
}

/** A webhook for the payloads alone, with a slot for each key, that tries again at once. */
export function makeFlakyWebhook(
  client: Client,
  url: string,
  { keys, eventsPerKey: _, ...more }: Series & Readonly<Record<string, unknown>>,
): Promise<SubscriptionView> {
  const retry = { schedule_seconds: [0], max_attempts: 100 };
  return subscribe(client, url, { webhook: { format: "payload", max_in_flight: keys }, retry, ...more });
}

export function numbered(key: number, position: number) {
  const payload: Numbered = { key, position };
  return { payload, ordering_key: `key-${key}` };
}

export function positionsOf({ eventsPerKey }: Series): readonly number[] {
  return Array.from({ length: eventsPerKey }, (_, position) => position);
}

async function postInOrder(client: Client, key: number, series: Series): Promise<void> {
  for (const position of positionsOf(series)) await postEvent(client, numbered(key, position));
}

export function whenTaken(sight: Sight, { keys, eventsPerKey }: Series, withinMs: number): Promise<unknown> {
  return eventually(
    () => sight.count,
    (count) => count >= keys * eventsPerKey,
    withinMs,
  );
}

export function expectInOrder(
  { taken, mostOfOneKey, mostAtOnce, failed, requests }: Sight,
  series: Series,
): void {
  for (const [key, positions] of taken) expect([key, positions]).toEqual([key, positionsOf(series)]);
  expect(mostOfOneKey).toBe(1);
  expect(mostAtOnce).toBeGreaterThan(1);
  expect(failed / requests).toBeCloseTo(FAILING, 1);
  expect(requests - failed).toBe(series.keys * series.eventsPerKey);
}

export async function expectAcknowledged(
  client: Client,
  webhook: SubscriptionView,
  { keys, eventsPerKey }: Series,
): Promise<void> {
  await eventually(
    async () => countStates(await readDeliveries(client, webhook)),
    (counts) => counts.acknowledged === keys * eventsPerKey,
  );
}
