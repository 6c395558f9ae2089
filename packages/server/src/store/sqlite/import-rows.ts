import { timeOfId, uuidBytes } from "../../domain/ids.ts";
import type { CopiedKind, CopiedRows } from "../copy-store.ts";
import { insertCredential } from "./credentials.ts";
import { touchEventTypes } from "./events.ts";
import { importAttempt, importDelivery } from "./import-deliveries.ts";
import { createJob } from "./jobs.ts";
import type { Database } from "./open-database.ts";
import { HOUR_MS } from "./ordering-keys.ts";
import { insertPlanRow } from "./plans.ts";
import { insertKey, putSetting } from "./projects.ts";
import { insertEventRow } from "./record-events.ts";
import { idBytes } from "./rows.ts";
import { operatorSql, sql } from "./sql.ts";
import { insertSubscription } from "./subscriptions.ts";

type Import<Row> = (db: Database, row: Row) => void;

const IMPORTS: { readonly [Kind in CopiedKind]: Import<CopiedRows[Kind]> } = {
  settings: (db, { name, value }) => void putSetting(db, name, value),
  projects: importProject,
  keys: importKey,
  credentials: (db, credential) => void insertCredential(db, projectOf(db, credential.projectId), credential),
  subscriptions: importSubscription,
  event_types: (db, { projectId, ...type }) => touchEventTypes(db, projectId, [type]),
  ordering_keys: importOrderingKey,
  events: importEvent,
  plans: importPlan,
  deliveries: importDelivery,
  attempts: importAttempt,
  idempotency: importIdempotency,
  jobs: createJob,
};

/** Inserts what is absent; the caller's transaction makes it durable. */
export function importRows<Kind extends CopiedKind>(
  db: Database,
  kind: Kind,
  rows: readonly CopiedRows[Kind][],
): void {
  for (const row of rows) IMPORTS[kind](db, row);
}

/** Kinds come in the order of `COPIED_KINDS`: the project is there. */
function projectOf(db: Database, projectId: string): number {
  const number = db.projectNumber(projectId);
  if (number === null) throw new Error("A row came before its project");
  return number;
}

const INSERT_PROJECT = operatorSql(`INSERT INTO projects (id, name, created_at, match_version, expired_n)
  VALUES (?, ?, ?, 0, 0) ON CONFLICT (id) DO NOTHING`);

function importProject(db: Database, { id, name, createdAt }: CopiedRows["projects"]): void {
  db.run(INSERT_PROJECT, id, name, createdAt);
}

const IS_KEY = sql<readonly [number]>("SELECT 1 FROM wrapped_keys WHERE project = ? AND id = ?");

function importKey(db: Database, { projectId, key }: CopiedRows["keys"]): void {
  const project = projectOf(db, projectId);
  if (db.get(IS_KEY, project, key.id) === undefined) insertKey(db, project, key);
}

const IS_SUBSCRIPTION = sql<readonly [number]>("SELECT 1 FROM subscriptions WHERE project = ? AND id = ?");

function importSubscription(db: Database, subscription: CopiedRows["subscriptions"]): void {
  const project = projectOf(db, subscription.projectId);
  if (db.get(IS_SUBSCRIPTION, project, idBytes(subscription.id)) === undefined)
    insertSubscription(db, project, subscription);
}

const INSERT_ORDERING_KEY = sql(`INSERT INTO ordering_keys
  (project, key_index, position, used_at, used_hour) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);

function importOrderingKey(db: Database, row: CopiedRows["ordering_keys"]): void {
  const { projectId, key, position, usedAt } = row;
  const project = projectOf(db, projectId);
  db.run(INSERT_ORDERING_KEY, project, key, position, usedAt, Math.floor(usedAt / HOUR_MS));
}

const READ_N = sql<readonly [number]>("SELECT n FROM events WHERE project = ? AND id = ?");

function importEvent(db: Database, { event: stored, position }: CopiedRows["events"]): void {
  const project = projectOf(db, stored.projectId);
  const event = uuidBytes(stored.id);
  if (db.get(READ_N, project, event) !== undefined) return;
  insertEventRow(db, { project, stored, event, at: timeOfId(stored.id), position });
}

const IS_PLAN = sql<readonly [number]>("SELECT 1 FROM plans WHERE project = ? AND event = ?");

function importPlan(db: Database, { projectId, eventId, ...row }: CopiedRows["plans"]): void {
  const project = projectOf(db, projectId);
  const event = uuidBytes(eventId);
  const [n] = db.get(READ_N, project, event) ?? [];
  if (n === undefined || db.get(IS_PLAN, project, event) !== undefined) return;
  insertPlanRow(db, { ...row, n, project, event });
}

const INSERT_IDEMPOTENCY = sql(`INSERT INTO idempotency
  (project, kind, key_index, fingerprint, event, expires_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);

function importIdempotency(db: Database, row: CopiedRows["idempotency"]): void {
  const { kind, keyIndex, fingerprint, eventId, expiresAt } = row;
  const project = projectOf(db, row.projectId);
  db.run(INSERT_IDEMPOTENCY, project, kind, keyIndex, fingerprint, idBytes(eventId), expiresAt);
}
