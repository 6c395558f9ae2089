import { describe, expect, it } from "vitest";
import { postEvent } from "./harness/calls.ts";
import { type Client, connect } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { openHooks } from "./harness/open-hooks.ts";
import { chooseSeed } from "./harness/random.ts";
import {
  countStates,
  postEvents,
  readDeliveries,
  type SubscriptionView,
  startPushing,
  subscribe,
  turn,
} from "./harness/webhooks.ts";
import { makeFlakyEndpoint, type Numbered, type Sight } from "./push-order/flaky-order.ts";

const KEYS = 50;
const EVENTS_PER_KEY = 100;
const ALL = KEYS * EVENTS_PER_KEY;
const FAILING = 0.2;
/** Of what a subscription without order delivers per second under the same failures. */
const LEAST_SHARE = 0.5;
/** The best of them counts: others have work for this machine too. */
const ROUNDS = 3;
const MOST_MS = 60_000;

const POSITIONS = Array.from({ length: EVENTS_PER_KEY }, (_, position) => position);

describe("An ordered webhook whose endpoint fails one time in five", () => {
  it("gets each key in order, one at a time, and all keys at half the pace of no order or better", {
    timeout: 2 * ROUNDS * MOST_MS,
  }, async () => {
    const wish = { keys: KEYS, failing: FAILING, seed: chooseSeed("push order") };
    const endpoints = new Map<string, Endpoint>();
    await using hooks = await openHooks((hook) => endpoints.get(hook.path)?.answer(hook) ?? 404);
    await using program = await startPushing();
    using client = connect(program, program.key);
    const add = async (path: string, { failing = FAILING, ordered = false, round = 0 }): Promise<Served> => {
      const endpoint = makeFlakyEndpoint({ ...wish, failing });
      endpoints.set(path, endpoint);
      const webhook = await makeWebhook(client, hooks.url + path, {
        ordered,
        filter: { type: [typeOf(round)] },
      });
      return { webhook: await turn(client, webhook, "pause"), sight: endpoint.sight };
    };
    // The program runs warm first.
    const warm = await add("/warm", { failing: 0 });
    let share = 0;
    for (let round = 0; round < ROUNDS && share < LEAST_SHARE; round += 1) {
      const free = await add(`/free-${round}`, { round });
      const ordered = await add(`/ordered-${round}`, { round, ordered: true });
      await postEvents(client, events(round));
      if (round === 0) await drain(client, warm);
      share = await compare(client, free, ordered);
    }
    expect(share).toBeGreaterThanOrEqual(LEAST_SHARE);
  });

  it("gets each key in the order of its posts while they are posted", { timeout: 3 * MOST_MS }, async () => {
    const seed = chooseSeed("push order, live");
    const endpoint = makeFlakyEndpoint({ keys: KEYS, failing: FAILING, seed });
    await using hooks = await openHooks(endpoint.answer);
    await using program = await startPushing();
    using client = connect(program, program.key, KEYS);
    const webhook = await makeWebhook(client, hooks.url, { ordered: true });
    await Promise.all(Array.from({ length: KEYS }, (_, key) => postInOrder(client, key)));
    await taken(endpoint.sight);
    expectInOrder(endpoint.sight);
    await expectAcknowledged(client, webhook);
  });
});

type Endpoint = ReturnType<typeof makeFlakyEndpoint>;

interface Served {
  readonly webhook: SubscriptionView;
  readonly sight: Sight;
}

/** Drains both, one after the other; gives the pace of the ordered one as a share of the other's. */
async function compare(client: Client, free: Served, ordered: Served): Promise<number> {
  const freePerSecond = await drain(client, free);
  const orderedPerSecond = await drain(client, ordered);
  const share = orderedPerSecond / freePerSecond;
  const [before, after] = [freePerSecond, orderedPerSecond].map(Math.round);
  console.log(`without order ${before}/s, in order ${after}/s: ${share.toFixed(2)}`);
  expectInOrder(ordered.sight);
  for (const [, taken] of free.sight.taken) expect(taken.toSorted((a, b) => a - b)).toEqual(POSITIONS);
  // The seed alone decides, so that both had the very same failures.
  expect(ordered.sight.failed).toBe(free.sight.failed);
  for (const { webhook } of [free, ordered]) await expectAcknowledged(client, webhook);
  return share;
}

function makeWebhook(client: Client, url: string, more: object): Promise<SubscriptionView> {
  const retry = { schedule_seconds: [0], max_attempts: 100 };
  return subscribe(client, url, { webhook: { format: "payload", max_in_flight: KEYS }, retry, ...more });
}

function typeOf(round: number): string {
  return `round.${round}`;
}

/** Position by position, the keys in turn. */
function events(round: number): readonly object[] {
  const type = typeOf(round);
  return Array.from({ length: ALL }, (_, n) => ({ type, ...numbered(n % KEYS, Math.floor(n / KEYS)) }));
}

function numbered(key: number, position: number) {
  const payload: Numbered = { key, position };
  return { payload, ordering_key: `key-${key}` };
}

async function postInOrder(client: Client, key: number): Promise<void> {
  for (const position of POSITIONS) await postEvent(client, numbered(key, position));
}

/** Resumes; gives how many were delivered per second until the last one was taken. */
async function drain(client: Client, { webhook, sight }: Served): Promise<number> {
  const began = performance.now();
  await turn(client, webhook, "resume");
  await taken(sight);
  return ALL / ((sight.lastAt - began) / 1_000);
}

function taken(sight: Sight): Promise<unknown> {
  return eventually(
    () => sight.count,
    (count) => count >= ALL,
    MOST_MS,
  );
}

function expectInOrder({ taken, mostOfOneKey, mostAtOnce, failed, requests }: Sight): void {
  for (const [key, positions] of taken) expect([key, positions]).toEqual([key, POSITIONS]);
  expect(mostOfOneKey).toBe(1);
  expect(mostAtOnce).toBeGreaterThan(1);
  expect(failed / requests).toBeCloseTo(FAILING, 1);
  expect(requests - failed).toBe(ALL);
}

async function expectAcknowledged(client: Client, webhook: SubscriptionView): Promise<void> {
  await eventually(
    async () => countStates(await readDeliveries(client, webhook)),
    (counts) => counts.acknowledged === ALL,
  );
}
