import type { CopiedKind, CopiedRows } from "../copy-store.ts";
import { attemptItem } from "./attempt-rows.ts";
import { subjectHash } from "./commit-events.ts";
import { IS_ABSENT, inParallel } from "./connection.ts";
import { liveAmong } from "./create-subscription.ts";
import { credentialItem, pointerItem } from "./credential-rows.ts";
import type { Dynamo } from "./dynamo.ts";
import { touchEventTypes } from "./events.ts";
import { importDeliveries } from "./import-deliveries.ts";
import { importIdempotency } from "./import-idempotency.ts";
import { importPlan } from "./import-plan.ts";
import { insertItems } from "./insert-items.ts";
import { type ItemKey, type KeyedItem, keyName, numberOf } from "./item.ts";
import { createJob } from "./jobs.ts";
import { deliverySort, projectKey, ttlOf } from "./keys.ts";
import { orderingKeyItem } from "./ordering-keys.ts";
import { storePayloads } from "./payloads.ts";
import { type Place, partitionFor } from "./places.ts";
import { countWrite, keyItem, pointerOf } from "./project-rows.ts";
import { putSetting } from "./projects.ts";
import { readItems } from "./read-items.ts";
import { eventItem } from "./rows.ts";
import { subscriptionItem } from "./subscription-rows.ts";
import { besideOf, besideWrites, projectWrite } from "./subscription-writes.ts";
import { putItem, transact } from "./write-items.ts";

type Import<Row> = (dynamo: Dynamo, rows: readonly Row[]) => Promise<unknown>;

/** A key is needed as long as a delivery may name its positions. */
const KEY_KEPT_MS = 400 * 86_400_000;

const IMPORTS: { readonly [Kind in CopiedKind]: Import<CopiedRows[Kind]> } = {
  settings: eachOf((dynamo, { name, value }) => putSetting(dynamo, name, value)),
  projects: eachOf(importProject),
  keys: eachOf((dynamo, { projectId, key }) =>
    putItem(dynamo, "control", { item: keyItem(projectId, key), condition: IS_ABSENT }),
  ),
  credentials: eachOf((dynamo, credential) =>
    transact(dynamo, [
      { table: "control", put: credentialItem(credential), condition: IS_ABSENT },
      { table: "control", put: pointerItem(credential), condition: null },
    ]),
  ),
  // One after the other: each changes its project's row.
  subscriptions: async (dynamo, rows) => {
    for (const row of rows) await importSubscription(dynamo, row);
  },
  event_types: eachOf((dynamo, { projectId, ...type }) => touchEventTypes(dynamo, projectId, [type])),
  ordering_keys: (dynamo, rows) => insertItems(dynamo, "events", { items: rows.map(unusedKeyItem) }),
  events: importEvents,
  plans: async (dynamo, rows) => {
    for (const row of rows) await importPlan(dynamo, await placeOf(dynamo, row.projectId), row);
  },
  deliveries: importDeliveries,
  attempts: importAttempts,
  idempotency: eachOf(async (dynamo, row) =>
    importIdempotency(dynamo, await placeOf(dynamo, row.projectId), row),
  ),
  jobs: eachOf(createJob),
};

/** Inserts what is absent. Places follow from the projects' own shards here: a copy begins with one. */
export async function importRows<Kind extends CopiedKind>(
  dynamo: Dynamo,
  kind: Kind,
  rows: readonly CopiedRows[Kind][],
): Promise<void> {
  await IMPORTS[kind](dynamo, rows);
}

function eachOf<Row>(one: (dynamo: Dynamo, row: Row) => Promise<unknown>): Import<Row> {
  return (dynamo, rows) => inParallel(rows, (row) => one(dynamo, row));
}

/** Kinds come in the order of `COPIED_KINDS`: the project is there. */
async function placeOf(dynamo: Dynamo, projectId: string): Promise<Place> {
  const place = await dynamo.places.find(projectId);
  if (place === null) throw new Error("A row came before its project");
  return place;
}

async function importProject(
  dynamo: Dynamo,
  { id, name: nm, createdAt: ca }: CopiedRows["projects"],
): Promise<void> {
  await transact(dynamo, [
    { table: "control", put: { ...projectKey(id), nm, ca, mv: 1, lc: 0 }, condition: IS_ABSENT },
    countWrite(1, null),
    { table: "control", put: { ...pointerOf(id) }, condition: null },
  ]);
  dynamo.places.forget(id);
}

async function importSubscription(dynamo: Dynamo, subscription: CopiedRows["subscriptions"]): Promise<void> {
  const { projectId } = subscription;
  const { identity, name, end } = besideWrites(subscription, { to: besideOf(subscription) });
  const put = subscriptionItem({ subscription, queues: 1 });
  const outcome = await transact(dynamo, [
    { table: "control", put, condition: IS_ABSENT },
    projectWrite(projectId, { writes: 1, live: liveAmong([{ subscription }]), most: null }),
    ...[...identity, ...name, ...end],
  ]);
  if (!outcome.isDone && !outcome.refused.has(0))
    throw new Error("A subscription has the name or the identity of another one");
}

/** Plans come later, and count themselves. */
function unusedKeyItem(key: CopiedRows["ordering_keys"]): KeyedItem {
  return orderingKeyItem({ ...key, plans: 0, ttl: ttlOf(key.usedAt + KEY_KEPT_MS) });
}

async function importEvents(dynamo: Dynamo, rows: readonly CopiedRows["events"][]): Promise<void> {
  const items: KeyedItem[] = [];
  for (const { event, position } of rows) {
    const place = await placeOf(dynamo, event.projectId);
    await storePayloads(dynamo, [{ record: { event }, place }]);
    const pk = partitionFor(place, event.id);
    const subject = event.subjectIndex === null ? null : subjectHash(pk, event.subjectIndex);
    items.push(eventItem({ pk, event, position, namedUntil: null, subjectHash: subject }));
  }
  await insertItems(dynamo, "events", { items });
}

/** An attempt is kept as long as its delivery, which is there already. */
async function importAttempts(dynamo: Dynamo, rows: readonly CopiedRows["attempts"][]): Promise<void> {
  const keys = await Promise.all(
    rows.map(async (row) => {
      const pk = partitionFor(await placeOf(dynamo, row.projectId), row.eventId);
      return { pk, sk: deliverySort(row) };
    }),
  );
  const deliveries = await readItems(dynamo, "events", { keys, attributes: ["x"] });
  const items = rows.flatMap((row, index) => {
    const delivery = deliveries.get(keyName(keys[index] as ItemKey));
    if (delivery === undefined) return [];
    const until = numberOf(delivery, "x") ?? 0;
    return attemptItem(delivery.pk, row, { attempt: row, number: row.number, until });
  });
  await insertItems(dynamo, "events", { items });
}
