import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { AUTHORITY, GOOD } from "../packages/server/src/push/testing/certificates.ts";
import { expectStatus, postEvent } from "./harness/calls.ts";
import { type Client, connect } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { type FlowMeter, findSlowdown, joinTimes, makeFlowMeter } from "./harness/measure-flow.ts";
import { type Hook, openHooks } from "./harness/open-hooks.ts";
import { openTempFolder } from "./harness/temp-folder.ts";
import {
  type AttemptView,
  type DeliveryView,
  postEvents,
  readDeliveries,
  type SubscriptionView,
  startPushing,
  subscribe,
} from "./harness/webhooks.ts";
import { type Animal, type Outcome, SLOW_TYPE } from "./push-zoo/animals.ts";
import { openZoo } from "./push-zoo/open-zoo.ts";

/** Events for each animal, and how many requests to it may be out. */
const EVENTS = 4;
const IN_FLIGHT = 2;
const HEALTHY_TYPE = "healthy";
const HEALTHY = 3;
const PER_SECOND = 50;
/** Before it, and as long behind it. */
const ALONE_MS = 5_000;
const ZOO_MS = 90_000;

type Caged = Animal & { readonly webhook: SubscriptionView };
type Recorded = DeliveryView & { readonly attempts: readonly AttemptView[] };

describe("A zoo of endpoints that misbehave, all at once", () => {
  it("gets the right record for each, gives its slots back, and leaves the healthy ones their pace", {
    timeout: 400_000,
  }, async () => {
    await using folder = await openTempFolder();
    const authority = join(folder.path, "authority.pem");
    await writeFile(authority, AUTHORITY);
    await using zoo = await openZoo();
    await using program = await startPushing({ env: { NODE_EXTRA_CA_CERTS: authority } });
    using client = connect(program, program.key, 128);
    const meter = makeFlowMeter({ client, type: HEALTHY_TYPE, perSecond: PER_SECOND, endpoints: HEALTHY });
    await using stack = new AsyncDisposableStack();
    for (const tls of [undefined, undefined, GOOD]) await addHealthy(stack, client, { meter, tls });
    // Nothing is compared with the first seconds of a process.
    await meter.run(delay(ALONE_MS));
    const cages: Caged[] = [];
    let round = 0;
    const slow = await findSlowdown(async () => {
      round += 1;
      const ofRound: Caged[] = [];
      for (const animal of zoo.animals) ofRound.push(await cage(client, animal, round));
      cages.push(...ofRound);
      const before = await meter.run(delay(ALONE_MS));
      const beside = await meter.run(feed(client, ofRound));
      return { alone: joinTimes([before, await meter.run(delay(ALONE_MS))]), beside };
    });
    for (const one of cages) expectRecord(one, await readRecord(client, one));
    await zoo.heal();
    await expectRecovery(client, cages);
    // Connections that are kept open end after some seconds without a request.
    await eventually(
      () => zoo.countConnections(),
      (count) => count === 0,
    );
    expect(slow).toEqual([]);
  });
});

/** An endpoint that answers at once and tells the meter. */
async function addHealthy(
  stack: AsyncDisposableStack,
  client: Client,
  { meter, tls }: { readonly meter: FlowMeter; readonly tls: typeof GOOD | undefined },
): Promise<void> {
  const answer = (hook: Hook) => {
    meter.note(hook);
    return 200;
  };
  const hooks = stack.use(await openHooks(answer, tls));
  await subscribe(client, hooks.url, { webhook: { format: "payload" }, filter: { type: [HEALTHY_TYPE] } });
}

/** An endpoint and events of its own in each round: nothing is known of them yet. */
async function cage(
  client: Client,
  animal: Animal & { readonly url: string },
  round: number,
): Promise<Caged> {
  const [url, type] = [`${animal.url}?${round}`, `${animal.type}.${round}`];
  const webhook = { max_in_flight: IN_FLIGHT, timeout_seconds: animal.timeoutSeconds };
  const made = await subscribe(client, url, { webhook, filter: { type: [type] }, retry: animal.retry });
  return { ...animal, type, webhook: made };
}

/** Sends all animals their events and waits until each is done with them. */
async function feed(client: Client, cages: readonly Caged[]): Promise<void> {
  for (const type of typesOf(cages))
    await postEvents(
      client,
      Array.from({ length: eventsOf(type) }, (_, n) => ({ type, payload: { n } })),
    );
  for (const one of cages)
    await eventually(
      () => readSeldom(client, one),
      ({ open, failing_since }) => (one.fate === "resting" ? failing_since !== null : open === 0),
      ZOO_MS,
    );
}

function typesOf(cages: readonly Caged[]): Iterable<string> {
  return new Set(cages.map(({ type }) => type));
}

function eventsOf(type: string): number {
  return type.startsWith(SLOW_TYPE) ? 1 : EVENTS;
}

/** Looks a few times a second: nobody must be slowed by being looked at. */
async function readSeldom(client: Client, { webhook }: Caged) {
  await delay(250);
  const answer = await client.send<Stats>("GET", `/v1/subscriptions/${webhook.id}/stats`);
  const { pending, leased, failing_since } = expectStatus(answer, 200);
  return { open: pending.count + leased.count, failing_since };
}

interface Stats {
  readonly pending: { readonly count: number };
  readonly leased: { readonly count: number };
  readonly failing_since: string | null;
}

async function readRecord(client: Client, { webhook }: Caged): Promise<readonly Recorded[]> {
  const deliveries = await readDeliveries(client, webhook);
  return Promise.all(
    deliveries.map(async ({ id }) =>
      expectStatus(await client.send<Recorded>("GET", `/v1/deliveries/${id}`), 200),
    ),
  );
}

function expectRecord(animal: Caged, all: readonly Recorded[]): void {
  const { name, fate, type, retry, text, attempt, last = attempt } = animal;
  expect([name, all.length]).toEqual([name, eventsOf(type)]);
  const tried = all.filter(({ attempts }) => attempts.length > 0);
  expect([name, tried.length > 0]).toEqual([name, true]);
  for (const { attempts } of tried) {
    const outcomes: Outcome[] = attempts.map(({ status_code, error_code }) => ({ status_code, error_code }));
    const expected = outcomes.map((_, index) => (index === outcomes.length - 1 ? last : attempt));
    expect([name, outcomes]).toEqual([name, expected]);
    if (text !== undefined) for (const { response_excerpt } of attempts) expect(response_excerpt).toBe(text);
  }
  const states = all.map(({ state, state_reason, attempts }) => [state, state_reason, attempts.length]);
  const reason = last.error_code ?? `http_${last.status_code}`;
  if (fate === "dead")
    expect([name, states]).toEqual([name, all.map(() => [fate, reason, retry.max_attempts])]);
  if (fate === "acknowledged")
    expect([name, states.map(([state]) => state)]).toEqual([name, all.map(() => fate)]);
  if (fate === "gone") for (const one of all) expect([one.state, one.state_reason]).toEqual(["dead", "gone"]);
  if (fate === "resting") expectResting(tried);
}

/** After a minute of rest one request looks again; all rounds together take less than so many minutes. */
const LOOKS_AGAIN = 4;

/** It was left alone after its first answers, which asked for two minutes. */
function expectResting(tried: readonly Recorded[]): void {
  expect(tried.length).toBeLessThanOrEqual(IN_FLIGHT + LOOKS_AGAIN);
  for (const { state, due_at, attempts } of tried) {
    const waitMs = Date.parse(due_at) - Date.parse(attempts.at(-1)?.started_at ?? "");
    expect([state, waitMs >= 120_000]).toEqual(["pending", true]);
  }
}

/** Each one that still may get something gets it at once. */
async function expectRecovery(client: Client, cages: readonly Caged[]): Promise<void> {
  for (const type of typesOf(cages)) await postEvent(client, { type, payload: {} });
  const living = cages.filter(({ fate }) => fate === "acknowledged" || fate === "dead");
  // A certificate does not heal.
  for (const { webhook } of living.filter((one) => one.attempt.error_code !== "tls"))
    await eventually(
      () => readDeliveries(client, webhook),
      (seen) => seen.at(-1)?.state === "acknowledged",
    );
}
