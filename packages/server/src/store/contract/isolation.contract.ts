import { describe, expect, test } from "vitest";
import type { Delivery } from "../../domain/delivery.ts";
import type { StoredEvent } from "../../domain/event.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { HeldJob } from "../project-store.ts";
import type { Store } from "../store.ts";
import { DAY, idAt, makeCredential, makeJob, SECOND, T0 } from "./make-records.ts";
import {
  ACKNOWLEDGE,
  addProject,
  keyOf,
  leaseOne,
  leaseRequest,
  liveKey,
  type OpenScene,
  record,
  type Scene,
  settleRequest,
  subscribe,
  view,
} from "./scene.ts";

const NOW = T0 + 5 * SECOND;

/** What one project holds, as another would name it. */
interface Foreign {
  readonly store: Store;
  /** The other project. */
  readonly projectId: string;
  readonly inbox: Subscription;
  readonly planned: StoredEvent;
  readonly waiting: StoredEvent;
  readonly held: Delivery;
  readonly credentialId: string;
  readonly taken: HeldJob;
}

/** Every operation of a request, asked by one project for what belongs to another, and what it must answer. */
const OPERATIONS: readonly (readonly [string, (foreign: Foreign) => Promise<unknown>, unknown])[] = [
  ["readEvents", ({ store, projectId, waiting }) => store.readEvents(projectId, [waiting.id], NOW), []],
  [
    "listEvents",
    ({ store, projectId }) => store.listEvents({ ...listing(projectId), fromId: null, beforeId: null }),
    [],
  ],
  [
    "deleteEvent",
    ({ store, projectId, waiting }) => store.deleteEvent(projectId, waiting.id, NOW),
    "not_found",
  ],
  [
    "expandPlan",
    ({ store, projectId, planned }) =>
      store.expandPlan({ projectId, eventId: planned.id, limit: 9, now: NOW }),
    { outcome: "no_plan" },
  ],
  ["countPlan", ({ store, projectId, planned }) => store.countPlan(projectId, planned.id), 0],
  [
    "expireEvents",
    ({ store, projectId }) => store.expireEvents(expireAll(projectId)),
    { removed: 0, expired: [], nextId: null },
  ],
  ["listEventTypes", ({ store, projectId }) => store.listEventTypes(projectId), []],
  ["readFeed", async ({ store, projectId }) => readFeed(store, projectId), []],
  [
    "leaseDeliveries",
    ({ store, projectId, inbox }) =>
      store.leaseDeliveries(leaseRequest({ store, projectId }, { from: inbox })),
    { outcome: "not_found" },
  ],
  [
    "settleDeliveries",
    ({ store, projectId, held }) =>
      store.settleDeliveries({ projectId, now: NOW, settles: [settleRequest(held, ACKNOWLEDGE)] }),
    [{ outcome: "not_found" }],
  ],
  [
    "acknowledgeUnheld",
    ({ store, projectId, inbox, waiting }) =>
      store.acknowledgeUnheld({ projectId, eventId: waiting.id, subscriptionId: inbox.id, now: NOW }),
    "not_found",
  ],
  [
    "cancelDelivery",
    ({ store, projectId, inbox, waiting }) =>
      store.cancelDelivery({ projectId, key: liveKey(waiting.id, inbox), reason: null, now: NOW }),
    { outcome: "not_found" },
  ],
  [
    "redriveDelivery",
    ({ store, projectId, inbox, waiting }) =>
      store.redriveDelivery({ projectId, key: liveKey(waiting.id, inbox), now: NOW }),
    { outcome: "not_found" },
  ],
  ["addDeliveries", (foreign) => addReplay(foreign), 0],
  [
    "closeDeliveries",
    ({ store, projectId, inbox }) =>
      store.closeDeliveries({
        projectId,
        subscriptionId: inbox.id,
        command: { kind: "drop_subscription" },
        limit: 9,
        now: NOW,
      }),
    0,
  ],
  [
    "dropDeliveries",
    ({ store, projectId, inbox, waiting }) =>
      store.dropDeliveries(projectId, [liveKey(waiting.id, inbox)], waiting.expiresAt),
    undefined,
  ],
  ["readDelivery", ({ store, projectId, held }) => store.readDelivery(projectId, keyOf(held)), null],
  [
    "listDeliveries",
    ({ store, projectId, inbox }) =>
      store.listDeliveries({
        ...listing(projectId),
        subscriptionId: inbox.id,
        eventId: null,
        state: null,
        createdFrom: null,
        createdTo: null,
        after: null,
      }),
    { views: [], after: null },
  ],
  [
    "readDeliveriesOfEvents",
    ({ store, projectId, waiting }) => store.readDeliveriesOfEvents(projectId, [waiting.id]),
    [],
  ],
  [
    "listWaiting",
    ({ store, projectId, inbox }) =>
      store.listWaiting({ projectId, subscriptionId: inbox.id, now: NOW + DAY, after: null, limit: 9 }),
    [],
  ],
  [
    "nextDueAt",
    ({ store, projectId, inbox }) => store.nextDueAt([{ projectId, subscriptionId: inbox.id }]),
    [null],
  ],
  [
    "countDeliveries",
    ({ store, projectId, inbox }) => store.countDeliveries(projectId, inbox.id, "pending"),
    { count: 0, more: false },
  ],
  ["readAttempts", ({ store, projectId, held }) => store.readAttempts(projectId, keyOf(held)), []],
  ["readLane", ({ store, projectId, inbox }) => store.readLane(projectId, inbox.id, "k"), null],
  [
    "listLanes",
    ({ store, projectId, inbox }) =>
      store.listLanes({ projectId, subscriptionId: inbox.id, afterKey: null, limit: 9 }),
    [],
  ],
  ["readSubscription", ({ store, projectId, inbox }) => store.readSubscription(projectId, inbox.id), null],
  [
    "readSubscriptionByName",
    ({ store, projectId }) => store.readSubscriptionByName(projectId, "orders"),
    null,
  ],
  [
    "changeSubscription",
    ({ store, projectId, inbox }) =>
      store.changeSubscription({ ...inbox, projectId, state: "deleted", version: 2 }),
    "not_found",
  ],
  ["readJob", ({ store, projectId, taken }) => store.readJob(projectId, taken.job.id), null],
  ["cancelJob", ({ store, projectId, taken }) => store.cancelJob(projectId, taken.job.id, NOW), "not_found"],
  [
    "saveJob",
    ({ store, projectId, taken }) =>
      store.saveJob({ ...taken, job: { ...taken.job, projectId, done: 9 } }, NOW),
    "lost",
  ],
  [
    "readCredentialById",
    ({ store, projectId, credentialId }) => store.readCredentialById(projectId, credentialId),
    null,
  ],
  [
    "revokeCredential",
    ({ store, projectId, credentialId }) => store.revokeCredential(projectId, credentialId, NOW),
    "not_found",
  ],
  [
    "expireCredential",
    ({ store, projectId, credentialId }) => store.expireCredential(projectId, credentialId, NOW),
    "not_found",
  ],
];

export function describeIsolation(open: OpenScene): void {
  describe("a project", () => {
    test.each(OPERATIONS)("sees and changes nothing of another by %s", async (_name, ask, answer) => {
      const scene = await open();
      const { foreign, read } = await furnish(scene);
      const before = await read();
      expect(await ask(foreign)).toEqual(answer);
      expect(await read()).toEqual(before);
    });

    test("has lists of its own", async () => {
      const scene = await open();
      const { foreign } = await furnish(scene);
      const { store, projectId } = foreign;
      const subscriptions = await store.listSubscriptions({
        projectId,
        label: null,
        afterId: null,
        limit: 9,
      });
      expect(subscriptions.map(({ name }) => name)).toEqual(["main"]);
      const credentials = await store.listCredentials({ projectId, afterId: null, limit: 9, now: NOW });
      expect(credentials.map((one) => one.projectId)).toEqual([projectId]);
      const { subscriptions: matched } = await store.readMatchSet(projectId, null);
      expect(matched?.map((one) => one.projectId)).toEqual([projectId]);
    });

    test("has positions of ordering keys, names and identities of its own", async () => {
      const scene = await open();
      const other = await addProject(scene.store);
      const fields = { ordered: true, name: "orders", identity: "same" } as const;
      for (const one of [scene, other]) {
        const inbox = await subscribe(one, fields);
        const { id } = await record(one, { to: [inbox], key: "k" });
        expect((await view(one, liveKey(id, inbox))).delivery.lane?.position).toBe(1);
        expect((await leaseOne(one, { from: inbox })).eventId).toBe(id);
      }
    });
  });
}

/** Fills a project, adds another one, and gives a reader of everything the first one holds. */
async function furnish(scene: Scene): Promise<{ foreign: Foreign; read: () => Promise<unknown> }> {
  const { store, projectId } = scene;
  const inbox = await subscribe(scene, { name: "orders", ordered: true });
  const first = await record(scene, { to: [inbox], key: "k" });
  const held = await leaseOne(scene, { from: inbox });
  const waiting = await record(scene, { to: [inbox] });
  const planned = await record(scene, { to: [inbox], key: "other", isWide: true });
  await store.touchEventTypes(projectId, [{ type: "order.created", lastSeenAt: T0 }]);
  const credential = makeCredential(projectId);
  await store.createCredential(credential);
  const job = makeJob(projectId);
  await store.createJob(job);
  const taken = await store.takeJob({ kinds: [job.kind], now: T0, until: NOW + DAY });
  if (taken === null) throw new Error("the job is not there");
  const ids = [first.id, waiting.id, planned.id];
  const read = () =>
    Promise.all([
      store.readEvents(projectId, ids, NOW),
      store.readDeliveriesOfEvents(projectId, ids),
      store.readLane(projectId, inbox.id, "k"),
      store.countPlan(projectId, planned.id),
      store.readSubscription(projectId, inbox.id),
      store.readCredentialById(projectId, credential.id),
      store.readJob(projectId, job.id),
      store.listEventTypes(projectId),
      readFeed(store, projectId),
    ]);
  const { projectId: other } = await addProject(store);
  const foreign = {
    store,
    projectId: other,
    inbox,
    planned,
    waiting,
    held,
    credentialId: credential.id,
    taken,
  };
  return { foreign, read };
}

function listing(projectId: string) {
  return { projectId, now: NOW, subjectIndex: null, limit: 9 };
}

function expireAll(projectId: string) {
  const bounds = { settledBefore: T0 + DAY, backlogBefore: T0 + DAY, goneBefore: T0 + DAY };
  return { projectId, now: NOW, afterId: null, limit: 9, ...bounds };
}

async function readFeed(store: Store, projectId: string): Promise<string[]> {
  const page = await store.readFeed({ projectId, after: null, subjectIndex: null, limit: 9, now: NOW });
  return page.outcome === "page" ? page.items.map(({ event }) => event.id) : [];
}

function addReplay({ store, projectId, inbox, waiting }: Foreign) {
  const key = { ...liveKey(waiting.id, inbox), cause: idAt(T0) };
  const added = { ...key, dueAt: T0, ordered: false, parks: false, takesNewPosition: true };
  return store.addDeliveries({ projectId, deliveries: [added], now: NOW });
}
