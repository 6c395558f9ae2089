import type { RecordOutcome } from "../event-store.ts";
import { laneWrites } from "./change-lane.ts";
import { commitDeadline, eventItemOf, pendingRow } from "./commit-events.ts";
import { IS_ABSENT, pause } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { findEventPlaces } from "./find-events.ts";
import { keyName } from "./item.ts";
import { laneHeadKey } from "./keys.ts";
import { emptyLane, type Lane, laneOf } from "./lane-rows.ts";
import { keyPlanPut, keyWrite, type OrderingKey, readOrderingKey } from "./ordering-keys.ts";
import { storePayloads } from "./payloads.ts";
import { type PlacedRecord, timeOf } from "./placed-record.ts";
import { partitionFor } from "./places.ts";
import { planItem } from "./plan-rows.ts";
import { readItems } from "./read-items.ts";
import { deliveryItem } from "./rows.ts";
import { unavailable } from "./translate-errors.ts";
import { TRANSACTION_LIMIT, transact, type Write } from "./write-items.ts";

const ROUNDS = 40;

/** A delivery in a lane takes three writes: its row, its place, the lane. More than fit one transaction are planned, like a wide event. */
const WRITES_IN_LANE = 3;
const OTHER_WRITES = 4;

/** Calls of one process for the same ordering key go one after the other, so that they do not get into each other's way. */
const lines = new Map<string, Promise<unknown>>();

/** Records an event with an ordering key: counter, event, deliveries and lanes in one transaction. */
export async function recordInLine(dynamo: Dynamo, placed: PlacedRecord): Promise<RecordOutcome> {
  const { projectId, orderingKeyIndex } = placed.record.event;
  const name = `${dynamo.tables.events} ${projectId} ${orderingKeyIndex}`;
  const before = lines.get(name) ?? Promise.resolve();
  const own = before.then(() => recordNext(dynamo, placed));
  const ended = own.catch(() => undefined);
  lines.set(name, ended);
  try {
    return await own;
  } finally {
    if (lines.get(name) === ended) lines.delete(name);
  }
}

async function recordNext(dynamo: Dynamo, placed: PlacedRecord): Promise<RecordOutcome> {
  const { event } = placed.record;
  await storePayloads(dynamo, [placed]);
  for (let round = 0; round < ROUNDS; round++) {
    const deadline = commitDeadline(dynamo, [placed]);
    const key = await readOrderingKey(dynamo, event.projectId, event.orderingKeyIndex ?? "");
    const isPlanned = placed.record.isWide || key.plans > 0 || isTooWide(placed);
    const writes = isPlanned ? plannedWrites(placed, key) : await lineWrites(dynamo, placed, key);
    if ((await transact(dynamo, writes, deadline)).isDone) return { outcome: "created", isPlanned };
    const stands = (await findEventPlaces(dynamo, placed.place, [event.id])).get(event.id)?.kind;
    if (stands === "fenced") throw unavailable();
    if (stands === "event") throw new Error("An event with this id is stored already");
    await pause(Math.min(round, 3));
  }
  throw unavailable();
}

function isTooWide({ record: { plan } }: PlacedRecord): boolean {
  const inLanes = plan.filter(({ ordered }) => ordered).length;
  return inLanes * WRITES_IN_LANE + (plan.length - inLanes) + OTHER_WRITES > TRANSACTION_LIMIT;
}

function plannedWrites({ record, place }: PlacedRecord, key: OrderingKey): readonly Write[] {
  const { id: eventId, expiresAt: until } = record.event;
  const position = key.position + 1;
  const pk = partitionFor(place, eventId);
  const planned = { ...record, isWide: true };
  return [
    keyWrite(key, { at: timeOf(record), takes: 1, plans: 1, until }),
    { table: "events", put: eventItemOf({ record: planned, place, position }), condition: IS_ABSENT },
    { table: "events", put: planItem({ pk, record, position }), condition: IS_ABSENT },
    keyPlanPut(key, { eventId, position, until }),
  ];
}

async function lineWrites(
  dynamo: Dynamo,
  { record, place }: PlacedRecord,
  key: OrderingKey,
): Promise<readonly Write[]> {
  const { event, dueAt } = record;
  const position = key.position + 1;
  const pk = partitionFor(place, event.id);
  const createdAt = timeOf(record);
  const rows = record.plan.map((entry) =>
    pendingRow(dynamo, { pk, event, entry, position, dueAt, createdAt }),
  );
  const lanes = await readLanes(
    dynamo,
    rows.map(({ delivery }) => delivery),
  );
  const moves: Write[] = [];
  for (const { delivery } of rows) {
    const lane = lanes.get(delivery.subscriptionId);
    if (lane !== undefined)
      moves.push(...(await laneWrites(dynamo, { place, lane, change: { before: null, after: delivery } })));
  }
  return [
    keyWrite(key, { at: createdAt, takes: 1, plans: 0, until: event.expiresAt }),
    { table: "events", put: eventItemOf({ record, place, position }), condition: IS_ABSENT },
    ...rows.map((row) => ({ table: "events", put: deliveryItem(row), condition: IS_ABSENT }) as const),
    ...moves,
  ];
}

type InLane = Pick<Lane, "projectId" | "subscriptionId"> & { readonly lane: { readonly key: string } | null };

/** The lanes of these deliveries, by subscription. */
async function readLanes(dynamo: Dynamo, deliveries: readonly InLane[]): Promise<ReadonlyMap<string, Lane>> {
  const names = deliveries.flatMap(({ projectId, subscriptionId, lane }) =>
    lane === null ? [] : [{ projectId, subscriptionId, key: lane.key }],
  );
  const keys = names.map((name) => laneHeadKey(name.projectId, name.subscriptionId, name.key));
  const items = await readItems(dynamo, "events", { keys });
  return new Map(
    names.map((name, index) => {
      const item = items.get(keyName(keys[index] as (typeof keys)[number]));
      return [name.subscriptionId, item === undefined ? emptyLane(name) : laneOf(item)];
    }),
  );
}
