import { describe, expect, test } from "vitest";
import type { Delivery } from "../../domain/delivery.ts";
import type { Subscription } from "../../domain/subscription.ts";
import { makeEvent, makeIdempotency, makeRecord, planFor, SECOND, T0 } from "../contract/make-records.ts";
import {
  ACKNOWLEDGE,
  addProject,
  leaseRequest,
  type Scene,
  settleRequest,
  subscribe,
} from "../contract/scene.ts";
import type { Store } from "../store.ts";
import { type DynamoPlace, openDynamoStore } from "./open-dynamo-store.ts";
import { type Faults, injectFaults } from "./testing/inject-faults.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

const { FAULT_RUNS, FAULT_SEED } = process.env;
const RUNS = Number(FAULT_RUNS ?? 8);
const FIRST_SEED = Number(FAULT_SEED ?? 1);
const SOON = { copiesLastMs: 20, keyPatienceMs: 150, feedDelayMs: 0 };
/** Behind the end of every lease of a run, and of the patience with commits that never came. */
const LATER = T0 + 600 * SECOND;

describe("with faults by chance", () => {
  test.each(Array.from({ length: RUNS }, (_, run) => FIRST_SEED + run))(
    "nothing is lost, doubled, or leased to two at once (FAULT_SEED=%i FAULT_RUNS=1)",
    async (seed) => {
      const run = await beginRun(seed);
      await Promise.all([produce(run), consume(run), consume(run), crashOnce(run)]);
      for (const { faults } of run.nodes) faults.end();
      await checkRun(run);
      for (const { store } of run.nodes) await store.close();
    },
    60_000,
  );
});

interface Node {
  readonly store: Store;
  readonly faults: Faults;
}

interface Run {
  readonly place: DynamoPlace;
  readonly projectId: string;
  readonly random: () => number;
  readonly nodes: Node[];
  readonly inboxes: readonly Subscription[];
  /** Events whose record was answered as created. */
  readonly created: Set<string>;
  /** By key: the events that answers named. */
  readonly named: Map<string, Set<string>>;
  /** Deliveries that were answered by a lease and not yet settled. */
  readonly held: Map<string, Delivery>;
  /** The time of the service, as its tables tell it. */
  readonly now: () => number;
  isOver: boolean;
}

async function beginRun(seed: number): Promise<Run> {
  const place = await openTestTables();
  const random = makeRandom(seed);
  const began = performance.now();
  const now = () => T0 + Math.floor(performance.now() - began);
  const calm = await openDynamoStore(place, { ...SOON, storeTime: now });
  const scene = await addProject(calm);
  const inboxes = [await subscribe(scene), await subscribe(scene, { ordered: true })];
  await calm.close();
  const wish = { place, random, now };
  const nodes = [await openNode(wish), await openNode(wish)];
  const { projectId } = scene;
  return {
    ...{ ...wish, projectId, nodes, inboxes, isOver: false },
    ...{ created: new Set(), named: new Map(), held: new Map() },
  };
}

async function openNode({ place, random, now }: Pick<Run, "place" | "random" | "now">): Promise<Node> {
  const faults = injectFaults(random, 0.12);
  const store = await openDynamoStore(place, { ...SOON, storeTime: now, configure: faults.configure });
  faults.begin();
  return { store, faults };
}

function nodeOf({ nodes, random }: Run): Node {
  return nodes[Math.floor(random() * nodes.length)] as Node;
}

/** Plain posts, posts with a key that are sent until they are answered, and posts with an ordering key. */
async function produce(run: Run): Promise<void> {
  await Promise.all(Array.from({ length: 12 }, (_, index) => post(run, index)));
  run.isOver = true;
}

async function post(run: Run, index: number): Promise<void> {
  const keyIndex = index % 3 === 0 ? null : `key-${index % 5}`;
  const orderingKeyIndex = index % 4 === 1 ? `line-${index % 2}` : null;
  for (let attempt = 0; attempt < 30; attempt++) {
    const event = makeEvent(run.projectId, { at: run.now(), orderingKeyIndex });
    const idempotency = keyIndex === null ? null : makeIdempotency(keyIndex);
    const record = makeRecord(event, { plan: planFor(...run.inboxes), idempotency });
    const outcome = await nodeOf(run).store.recordEvents([record]).catch(refuseBugs);
    if (outcome?.[0]?.outcome === "created") run.created.add(event.id);
    const named = outcome?.[0]?.outcome === "replayed" ? outcome[0].eventId : event.id;
    if (outcome !== undefined && keyIndex !== null)
      run.named.set(keyIndex, (run.named.get(keyIndex) ?? new Set()).add(named));
    // Who gave no key does not know, and does not send it again.
    if (outcome !== undefined || keyIndex === null) return;
  }
}

/** A fault may be told as `storage_unavailable` and as nothing else. */
function refuseBugs(error: unknown): undefined {
  expect(error).toMatchObject({ code: "storage_unavailable" });
}

async function consume(run: Run): Promise<void> {
  while (!run.isOver) await consumeOnce(run, run.now());
  for (let round = 0; round < 4; round++) await consumeOnce(run, run.now());
}

async function consumeOnce(run: Run, now: number): Promise<number> {
  let taken = 0;
  for (const inbox of run.inboxes) {
    const { store } = nodeOf(run);
    const request = leaseRequest({ store, projectId: run.projectId }, { from: inbox, now, limit: 3 });
    const outcome = await store.leaseDeliveries(request).catch(refuseBugs);
    const deliveries = outcome?.outcome === "leased" ? outcome.deliveries : [];
    for (const delivery of deliveries) hold(run, delivery, now);
    await Promise.all(deliveries.map((delivery) => acknowledge(run, delivery, now)));
    taken += deliveries.length;
  }
  return taken;
}

/** Nobody else was answered this delivery while its lease was running. */
function hold(run: Run, delivery: Delivery, now: number): void {
  const name = nameOf(delivery);
  const other = run.held.get(name);
  expect(other === undefined || other.dueAt <= now).toBe(true);
  run.held.set(name, delivery);
}

async function acknowledge(run: Run, delivery: Delivery, now: number): Promise<void> {
  const { projectId } = run;
  for (let attempt = 0; attempt < 20; attempt++) {
    const settles = [settleRequest(delivery, ACKNOWLEDGE)];
    const answer = await nodeOf(run).store.settleDeliveries({ projectId, now, settles }).catch(refuseBugs);
    if (answer === undefined) continue;
    expect(["settled", "already_acknowledged"]).toContain(answer[0]?.outcome);
    return;
  }
}

function nameOf({ eventId, subscriptionId, cause }: Delivery): string {
  return `${eventId} ${subscriptionId} ${cause}`;
}

/** One node dies in the middle of whatever it does, and another takes its place. */
async function crashOnce(run: Run): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20 + run.random() * 150));
  const [dying] = run.nodes;
  dying?.faults.crash();
  run.nodes[0] = await openNode(run);
}

/** Once everything is well again, every event that is there gets where it should, and each key names one event. */
async function checkRun(run: Run): Promise<void> {
  const store = await openDynamoStore(run.place, { ...SOON, storeTime: () => LATER });
  const scene: Scene = { store, projectId: run.projectId };
  const calm = { ...run, nodes: [{ store, faults: injectFaults(run.random, 0) }] };
  while ((await consumeOnce(calm, LATER)) > 0);
  const page = {
    projectId: run.projectId,
    now: LATER,
    beforeId: null,
    fromId: null,
    subjectIndex: null,
    limit: 100,
  };
  const events = await store.listEvents(page);
  const ids = new Set(events.map(({ id }) => id));
  expect([...run.created].filter((id) => !ids.has(id))).toEqual([]);
  for (const named of run.named.values()) {
    expect(named.size).toBe(1);
    for (const id of named) expect(ids.has(id)).toBe(true);
  }
  const deliveries = await store.readDeliveriesOfEvents(run.projectId, [...ids]);
  expect(deliveries).toHaveLength(ids.size * run.inboxes.length);
  expect(deliveries.filter(({ state }) => state !== "acknowledged")).toEqual([]);
  await checkNoOrphans(scene, ids);
  await store.close();
}

async function checkNoOrphans({ store, projectId }: Scene, ids: ReadonlySet<string>): Promise<void> {
  const all = {
    subscriptionId: null,
    eventId: null,
    state: null,
    createdFrom: null,
    createdTo: null,
    after: null,
  };
  const { views } = await store.listDeliveries({ projectId, ...all, limit: 1_000, now: LATER });
  expect(views.filter(({ delivery }) => !ids.has(delivery.eventId))).toEqual([]);
}

/** Mulberry32. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
