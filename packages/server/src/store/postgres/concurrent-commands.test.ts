import { afterAll, beforeAll, expect, test } from "vitest";
import type { Delivery } from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import type { Subscription } from "../../domain/subscription.ts";
import {
  idAt,
  makeEvent,
  makeProject,
  makeRecord,
  makeSubscription,
  planFor,
  T0,
} from "../contract/make-records.ts";
import type { SettleVerb } from "../delivery-store.ts";
import type { Store } from "../store.ts";
import { openPostgresStore } from "./open-postgres-store.ts";
import { findBrokenRows } from "./testing/broken-rows.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";

const CALLERS = 10;
const COMMANDS = Number(process.env.PROPERTY_RUNS ?? 60);
const TIMEOUT_MS = 60_000 + COMMANDS * 100;
const NOW = T0 + 1_000;

const made = makeProject();
const projectId = made.project.id;
const subscriptions = [
  makeSubscription(projectId, { maxAttempts: 2 }),
  makeSubscription(projectId, { ordered: true }),
  makeSubscription(projectId, { ordered: true, maxAttempts: 2 }),
  makeSubscription(projectId, { ordered: true, onDead: "skip" }),
];
const events: string[] = [];
const leased: Delivery[] = [];

let database: TestDatabase;
let stores: readonly [Store, Store];

beforeAll(async () => {
  database = await openTestDatabase();
  stores = [await openPostgresStore({ url: database.url }), await openPostgresStore({ url: database.url })];
  await stores[0].createProject(made, false);
  for (const subscription of subscriptions) await stores[0].createSubscription(subscription);
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await database.release();
});

function pick<T>(items: readonly T[]): T {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

const several = <T>(make: () => T): T[] => Array.from({ length: pick([1, 2, 4]) }, make);
const someKey = (): DeliveryKey =>
  leased.length > 0 && Math.random() < 0.8
    ? pick(leased)
    : { eventId: pick(events), subscriptionId: pick(subscriptions).id, cause: "live" };

async function record(store: Store): Promise<void> {
  const fresh = several(() => makeEvent(projectId, { orderingKeyIndex: pick(["k1", "k2", null]) }));
  const to = () => planFor(...subscriptions.filter(() => Math.random() < 0.6));
  await store.recordEvents(
    fresh.map((event) => makeRecord(event, { plan: to(), isWide: Math.random() < 0.1 })),
  );
  events.push(...fresh.map(({ id }) => id));
}

async function lease(store: Store): Promise<void> {
  const outcome = await store.leaseDeliveries({
    ...{ projectId, subscriptionId: pick(subscriptions).id, owner: null, leaseId: idAt(T0), now: NOW },
    ...{ until: NOW + pick([0, 1]), limit: pick([1, 3, 6]), lowerFirst: 0, maxBytes: 1_000_000 },
  });
  if (outcome.outcome === "leased") leased.push(...outcome.deliveries);
}

const VERBS: readonly SettleVerb[] = [
  { kind: "acknowledge" },
  { kind: "release", dueAt: NOW, reason: null, maxAttempts: 3, isLate: false },
  { kind: "bury", reason: null },
  { kind: "extend", until: NOW + 5 },
];
const ATTEMPT = { startedAt: NOW, durationMs: 1, statusCode: 500, errorCode: null, sealedExcerpt: null };

async function settle(store: Store): Promise<void> {
  if (leased.length === 0) return;
  const settles = several(() => pick(leased)).map((delivery) => ({
    ...delivery,
    ...{ token: delivery.leaseToken ?? "", verb: pick(VERBS), attempt: pick([null, ATTEMPT]) },
  }));
  await store.settleDeliveries({ projectId, now: NOW, settles });
}

async function add(store: Store): Promise<void> {
  const deliveries = several(() => {
    const { id: subscriptionId, ordered, onDead } = pick(subscriptions);
    const isReplay = Math.random() < 0.5;
    const key = { eventId: pick(events), subscriptionId, cause: isReplay ? idAt(T0) : "live" };
    return { ...key, dueAt: NOW, ordered, parks: onDead === "park", takesNewPosition: isReplay };
  });
  await store.addDeliveries({ projectId, deliveries, now: NOW });
}

async function expand(store: Store): Promise<void> {
  for (const plan of await store.listPlans(5)) await store.expandPlan({ ...plan, limit: 2, now: NOW });
}

async function change(store: Store): Promise<void> {
  const known = await store.readSubscription(projectId, pick(subscriptions).id);
  if (known === null) throw new Error("no such subscription");
  const changed: Subscription = { ...known, maxAttempts: pick([1, 2, 5]), version: known.version + 1 };
  await store.changeSubscription(changed);
}

const giveUp = { kind: "give_up", reason: "gone" } as const;
const expiry = { settledBefore: T0 + 1, backlogBefore: 0, goneBefore: 0, afterId: null, limit: 20 };

const COMMAND_LIST: readonly ((store: Store) => Promise<unknown>)[] = [
  ...[record, record, record, lease, lease, lease, settle, settle, settle, add, expand, change],
  (store) => store.cancelDelivery({ projectId, key: someKey(), reason: null, now: NOW }),
  (store) => store.redriveDelivery({ projectId, key: someKey(), now: NOW }),
  (store) => store.redriveDelivery({ projectId, key: someKey(), now: NOW }),
  (store) => store.acknowledgeUnheld({ projectId, ...someKey(), now: NOW }),
  (store) => store.dropDeliveries(projectId, [someKey()], NOW),
  (store) => store.exhaustDeliveries({ now: NOW + 5, limit: 20 }),
  (store) => store.expireEvents({ projectId, now: NOW, ...expiry }),
  (store) => store.deleteEvent(projectId, pick(events), NOW),
  (store) =>
    store.closeDeliveries({
      ...{ projectId, subscriptionId: pick(subscriptions).id, command: giveUp, limit: 2, now: NOW },
    }),
];

/** `PROPERTY_RUNS`: so many commands of each caller. */
test(
  "callers of two nodes at once neither fail nor leave a row, a lane or a plan in disorder",
  async () => {
    await record(stores[0]);
    const call = async (store: Store) => {
      for (let command = 0; command < COMMANDS; command++) await pick(COMMAND_LIST)(store);
    };
    await Promise.all(Array.from({ length: CALLERS }, (_, caller) => call(stores[caller % 2 === 0 ? 0 : 1])));
    expect(leased.length).toBeGreaterThan(0);
    expect(await findBrokenRows(database.url)).toEqual([]);
  },
  TIMEOUT_MS,
);
