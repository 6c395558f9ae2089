import { setTimeout as delay } from "node:timers/promises";
import { expectStatus, lease, settle } from "../../harness/calls.ts";
import type { BatchAnswer, Client, Leased } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { openHooks } from "../../harness/open-hooks.ts";
import { postEvents, readDeliveries, type SubscriptionView, subscribe } from "../../harness/webhooks.ts";
import type { Plant } from "../plant.ts";

/** More matches than are written as rows with their event: such an event has a plan. */
const WIDE_INBOXES = 45;
const WIDE_EVENTS = 100;
const ORDERING_KEYS = 200;
/** One in so many fails: were all to fail, the endpoint would be left alone for a while. */
const FAILING = 5;
const LEAST_PUSHED = 100;
/** Of the keys above, so that most lanes can be leased after the copy. */
const HELD_LANES = 20;
const LEASE_SECONDS = 3_600;
/** What one lease takes. */
const MOST = 1_000;

/** What the store held when its program was killed, to be held against the copy. */
export interface Filled {
  readonly eventIds: readonly string[];
  /** With a lease that goes on for an hour. */
  readonly held: readonly Leased[];
  readonly keyed: { readonly key: string; readonly body: object; readonly eventId: string };
  readonly webhook: SubscriptionView;
  /** Events for all of the wide inboxes, accepted last. */
  readonly wideIds: readonly string[];
}

/** Fills a store with at least so many events and everything that can hang on them, and kills its program amid a wide fan-out. */
export async function fillSource({ client, program }: Plant, events: number): Promise<Filled> {
  const make = (name: string, more: object) => makeInbox(client, { name, ...more });
  await make("work", { filter: { type: ["worked"] } });
  await make("in-order", { filter: { type: ["ordered"] }, ordered: true });
  for (let n = 0; n < WIDE_INBOXES; n += 1) await make(`wide-${n}`, { filter: { type: ["wide"] } });
  const share = (part: number) => Math.ceil(events * part);
  const eventIds = await postEvents(
    client,
    makeEvents(share(0.6), (n) => ({ subject: `cus_${n % 100}` })),
  );
  eventIds.push(...(await postEvents(client, makeEvents(share(0.25), worked))));
  eventIds.push(...(await postEvents(client, makeEvents(share(0.14), ordered))));
  const { webhook, ids } = await push(client, share(0.01));
  eventIds.push(...ids);
  const most = Math.min(MOST, Math.ceil(events * 0.01));
  const held = await use(client, { inbox: "work", acknowledged: most, held: most });
  await use(client, { inbox: "main", acknowledged: most, held: most });
  await use(client, { inbox: "in-order", acknowledged: most, held: HELD_LANES });
  const [body = {}] = makeEvents(1, (n) => ({ ...worked(n), idempotency_key: undefined }));
  const first = eventIds[share(0.6)] ?? "";
  // Its plans are expanded from the moment of the answer on.
  const wide = { events: makeEvents(WIDE_EVENTS, () => ({ type: "wide" })) };
  const answer = await client.send<BatchAnswer>("POST", "/v1/events/batch", { body: wide });
  await program.kill();
  const wideIds = expectStatus(answer, 200).results.map(({ event_id }) => event_id);
  return { eventIds, wideIds, held, keyed: { key: "copied-0", body, eventId: first }, webhook };
}

function makeInbox(client: Client, inbox: object): Promise<unknown> {
  const body = { channel: "inbox", ...inbox };
  return client.send("POST", "/v1/subscriptions", { body }).then((answer) => expectStatus(answer, 201));
}

function makeEvents(count: number, more: (n: number) => object): object[] {
  return Array.from({ length: count }, (_, n) => ({ payload: { n, pad: "x".repeat(n % 400) }, ...more(n) }));
}

const worked = (n: number) => ({ type: "worked", idempotency_key: `copied-${n}` });
const ordered = (n: number) => ({ type: "ordered", ordering_key: `key-${n % ORDERING_KEYS}` });

/** Leaves a subscription with attempts that succeeded, and some that failed and wait for the next. */
async function push(client: Client, count: number) {
  let calls = 0;
  await using hooks = await openHooks(() => (++calls % FAILING === 0 ? 500 : 204));
  const webhook = await subscribe(client, hooks.url, {
    filter: { type: ["pushed"] },
    retry: { schedule_seconds: [0, 3_600] },
  });
  const ids = await postEvents(
    client,
    makeEvents(Math.max(count, LEAST_PUSHED), () => ({ type: "pushed" })),
  );
  await eventually(
    async () => (await readDeliveries(client, webhook)).filter(({ attempt }) => attempt === 0).length,
    (untried) => untried === 0,
    60_000,
  );
  return { webhook, ids };
}

/** Acknowledges, buries and releases some of an inbox, lets some leases end, and gives those that are held on. */
async function use(
  client: Client,
  { inbox, acknowledged, held }: { inbox: string; acknowledged: number; held: number },
): Promise<readonly Leased[]> {
  const some = (limit: number, seconds = LEASE_SECONDS) =>
    lease(client, { limit, lease_seconds: seconds }, inbox);
  for (let time = 0; time < 3; time += 1) await settle(client, "ack", await some(acknowledged));
  await settle(client, "bury", await some(20));
  const released = await some(50);
  await settle(
    client,
    "release",
    released.map((one) => ({ ...one, delay_seconds: 600, reason: "later" })),
  );
  await some(50, 1);
  await delay(1_100);
  return await some(held);
}
