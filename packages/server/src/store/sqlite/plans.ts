import { uuidText } from "../../domain/ids.ts";
import type { EventRecord, EventStore, PlannedDelivery, PlanRef } from "../event-store.ts";
import { ENTRY_BYTES, packEntries, unpackEntries } from "../plan-entries.ts";
import type { Database } from "./open-database.ts";
import { causeBytes, idBytes } from "./rows.ts";
import { operatorSql, sql } from "./sql.ts";

const INSERT = sql(`INSERT INTO plans (n, project, event, ordering_key_index, due_at, taken, entries)
  VALUES (?, ?, ?, ?, ?, 0, ?)`);

export function insertPlan(
  db: Database,
  {
    n,
    project,
    event,
    record,
  }: {
    readonly n: number;
    readonly project: number;
    readonly event: Uint8Array;
    readonly record: EventRecord;
  },
): void {
  const { orderingKeyIndex } = record.event;
  insertPlanRow(db, { ...record, n, project, event, orderingKeyIndex });
}

interface PlanRow extends Pick<EventRecord, "dueAt" | "plan"> {
  readonly n: number;
  readonly project: number;
  readonly event: Uint8Array;
  readonly orderingKeyIndex: string | null;
}

export function insertPlanRow(db: Database, row: PlanRow): void {
  db.run(INSERT, row.n, row.project, row.event, row.orderingKeyIndex, row.dueAt, packEntries(row.plan));
}

/** A plan without its entries. */
export interface Plan {
  readonly n: number;
  readonly orderingKeyIndex: string | null;
  readonly dueAt: number;
  readonly taken: number;
  /** Number of its entries. */
  readonly size: number;
}

type PlanTuple = readonly [n: number, key: string | null, dueAt: number, taken: number, bytes: number];

const READ = sql<PlanTuple>(
  "SELECT n, ordering_key_index, due_at, taken, length(entries) FROM plans WHERE project = ? AND event = ?",
);

export function readPlan(db: Database, project: number, event: Uint8Array): Plan | null {
  const tuple = db.get(READ, project, event);
  if (tuple === undefined) return null;
  const [n, orderingKeyIndex, dueAt, taken, bytes] = tuple;
  return { n, orderingKeyIndex, dueAt, taken, size: bytes / ENTRY_BYTES };
}

const READ_ENTRIES = sql<readonly [Uint8Array]>(
  "SELECT substr(entries, ?, ?) FROM plans WHERE project = ? AND event = ?",
);

/** The entries from one place on. */
export function readEntries(
  db: Database,
  plan: { readonly project: number; readonly event: Uint8Array },
  { from, limit }: { readonly from: number; readonly limit: number },
): PlannedDelivery[] {
  const values = [from * ENTRY_BYTES + 1, limit * ENTRY_BYTES, plan.project, plan.event];
  const [bytes] = db.get(READ_ENTRIES, ...values) ?? [];
  return bytes === undefined ? [] : unpackEntries(bytes);
}

const FIRST_OF_KEY = sql<readonly [Uint8Array]>(
  "SELECT event FROM plans WHERE project = ? AND ordering_key_index = ? ORDER BY n LIMIT 1",
);

/** The event of the oldest plan of an ordering key. */
export function firstPlanOfKey(db: Database, project: number, key: string): Uint8Array | null {
  return db.get(FIRST_OF_KEY, project, key)?.[0] ?? null;
}

const TAKE = sql("UPDATE plans SET taken = ? WHERE project = ? AND event = ?");

export function takeEntries(
  db: Database,
  plan: { readonly project: number; readonly event: Uint8Array },
  taken: number,
): void {
  db.run(TAKE, taken, plan.project, plan.event);
}

const END = sql("DELETE FROM plans WHERE project = ? AND event = ?");

/** Nothing of the plan is left: the next plan of its ordering key may go on. */
export function endPlan(db: Database, project: number, event: Uint8Array): void {
  db.run(END, project, event);
}

const MADE = sql<readonly [Uint8Array]>(
  "SELECT subscription FROM deliveries WHERE project = ? AND event = ? AND cause = ?",
);

export function countPlan(
  db: Database,
  ...[projectId, eventId]: Parameters<EventStore["countPlan"]>
): number {
  const project = db.projectNumber(projectId);
  if (project === null) return 0;
  const event = idBytes(eventId);
  const plan = readPlan(db, project, event);
  if (plan === null) return 0;
  const left = readEntries(db, { project, event }, { from: plan.taken, limit: plan.size });
  const made = new Set(db.all(MADE, project, event, causeBytes("live")).map(([id]) => uuidText(id)));
  return left.filter(({ subscriptionId }) => !made.has(subscriptionId)).length;
}

const LIST = operatorSql<readonly [string, Uint8Array]>(`SELECT p.id, plans.event FROM plans
  JOIN projects AS p ON p.number = plans.project AND p.deleted_at IS NULL ORDER BY plans.n LIMIT ? + 0`);

export function listPlans(db: Database, limit: number): PlanRef[] {
  return db.all(LIST, limit).map(([projectId, event]) => ({ projectId, eventId: uuidText(event) }));
}
