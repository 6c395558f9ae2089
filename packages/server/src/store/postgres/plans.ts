import type { EventRecord, EventStore, PlannedDelivery, PlanRef } from "../event-store.ts";
import { ENTRY_BYTES, packEntries, unpackEntries } from "../plan-entries.ts";
import { bigints, blobs, texts, uuids } from "./pack-arrays.ts";
import { causeValue, idValue } from "./rows.ts";
import type { Session, Transaction } from "./session.ts";
import { operatorSql, PROJECT, sql } from "./sql.ts";

/** Row by row: `n` rises in this order. */
const INSERT = sql(`INSERT INTO plans (project, event, ordering_key_index, due_at, taken, entries)
  SELECT p.number, w.event, w.key, w.due_at, 0, w.entries
  FROM projects AS p CROSS JOIN unnest($2::uuid[], $3::text[], $4::bigint[], $5::bytea[]) AS w (event, key, due_at, entries)
  WHERE p.id = $1 AND p.deleted_at IS NULL`);

export function insertPlans(tx: Transaction, projectId: string, records: readonly EventRecord[]): void {
  if (records.length === 0) return;
  tx.send(
    INSERT,
    projectId,
    uuids(records.map(({ event }) => event.id)),
    texts(records.map(({ event }) => event.orderingKeyIndex)),
    bigints(records.map(({ dueAt }) => dueAt)),
    blobs(records.map(({ plan }) => packEntries(plan))),
  );
}

/** A plan without its entries. */
export interface Plan {
  readonly orderingKeyIndex: string | null;
  readonly dueAt: number;
  readonly taken: number;
  /** Number of its entries. */
  readonly size: number;
}

type PlanTuple = readonly [key: string | null, dueAt: number, taken: number, bytes: number];

const PLAN_COLUMNS = "p.ordering_key_index, p.due_at, p.taken, octet_length(p.entries)";
const OF_EVENT = `p.project = ${PROJECT} AND p.event = $2`;
const READ = sql<PlanTuple>(`SELECT ${PLAN_COLUMNS} FROM plans AS p WHERE ${OF_EVENT}`);
const LOCK = sql<PlanTuple>(`SELECT ${PLAN_COLUMNS} FROM plans AS p WHERE ${OF_EVENT} FOR UPDATE`);

export async function readPlan(db: Session, projectId: string, eventId: string): Promise<Plan | null> {
  return planOf(await db.get(READ, projectId, idValue(eventId)));
}

/** Of several that expand a plan at once each waits for the one before. */
export async function lockPlan(tx: Transaction, projectId: string, eventId: string): Promise<Plan | null> {
  return planOf(await tx.get(LOCK, projectId, idValue(eventId)));
}

function planOf(tuple: PlanTuple | undefined): Plan | null {
  if (tuple === undefined) return null;
  const [orderingKeyIndex, dueAt, taken, bytes] = tuple;
  return { orderingKeyIndex, dueAt, taken, size: bytes / ENTRY_BYTES };
}

const READ_ENTRIES = sql<readonly [Uint8Array]>(
  `SELECT substr(p.entries, $3, $4) FROM plans AS p WHERE ${OF_EVENT}`,
);

/** The entries from one place on. */
export async function readEntries(
  db: Session,
  { projectId, eventId }: PlanRef,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<readonly PlannedDelivery[]> {
  const range = [from * ENTRY_BYTES + 1, limit * ENTRY_BYTES];
  const [bytes] = (await db.get(READ_ENTRIES, projectId, idValue(eventId), ...range)) ?? [];
  return bytes === undefined ? [] : unpackEntries(bytes);
}

const FIRST_OF_KEY = sql<readonly [string]>(`SELECT p.event FROM plans AS p WHERE p.project = ${PROJECT}
  AND p.ordering_key_index = $2 ORDER BY p.n LIMIT 1`);

/** The event of the oldest plan of an ordering key. */
export async function firstPlanOfKey(
  tx: Transaction,
  projectId: string,
  key: string,
): Promise<string | null> {
  return (await tx.get(FIRST_OF_KEY, projectId, key))?.[0] ?? null;
}

const TAKE = sql(`UPDATE plans AS p SET taken = $3 WHERE ${OF_EVENT}`);

export function takeEntries(tx: Transaction, { projectId, eventId }: PlanRef, taken: number): void {
  tx.send(TAKE, projectId, idValue(eventId), taken);
}

const END = sql(`DELETE FROM plans AS p WHERE ${OF_EVENT}`);

/** Nothing of the plan is left: the next plan of its ordering key may go on. */
export function endPlan(tx: Transaction, { projectId, eventId }: PlanRef): void {
  tx.send(END, projectId, idValue(eventId));
}

const MADE = sql<readonly [string]>(`SELECT d.subscription FROM deliveries AS d
  WHERE d.project = ${PROJECT} AND d.event = $2 AND d.cause = $3`);

export async function countPlan(
  db: Session,
  ...[projectId, eventId]: Parameters<EventStore["countPlan"]>
): Promise<number> {
  const plan = await readPlan(db, projectId, eventId);
  if (plan === null) return 0;
  const left = await readEntries(db, { projectId, eventId }, { from: plan.taken, limit: plan.size });
  const made = new Set(
    (await db.all(MADE, projectId, idValue(eventId), causeValue("live"))).map(([id]) => id),
  );
  return left.filter(({ subscriptionId }) => !made.has(subscriptionId)).length;
}

const LIST = operatorSql<readonly [string, string]>(`SELECT p.id, plans.event FROM plans
  JOIN projects AS p ON p.number = plans.project AND p.deleted_at IS NULL ORDER BY plans.n LIMIT $1`);

export async function listPlans(db: Session, limit: number): Promise<readonly PlanRef[]> {
  return (await db.all(LIST, limit)).map(([projectId, eventId]) => ({ projectId, eventId }));
}
