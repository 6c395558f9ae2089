import type { Database } from "./open-database.ts";
import { removeEvent } from "./remove-event.ts";
import { operatorSql } from "./sql.ts";

/** A step ends early once it has removed so many rows: the writer serves nobody else meanwhile. */
const MOST_ROWS = 5_000;

const FIND = operatorSql<readonly [number]>(
  "SELECT number FROM projects WHERE id = ? AND deleted_at IS NOT NULL",
);
const READ_EVENTS = operatorSql<readonly [Uint8Array]>(
  "SELECT id FROM events WHERE project = ? ORDER BY id LIMIT ? + 0",
);

/** One step; gives how many rows went. */
export function purgeProject(db: Database, projectId: string, limit: number): number {
  const [number] = db.get(FIND, projectId) ?? [];
  if (number === undefined) return 0;
  let removed = 0;
  for (const [event] of db.all(READ_EVENTS, number, limit)) {
    removed += removeEvent(db, number, event);
    if (removed >= MOST_ROWS) return removed;
  }
  if (removed > 0) return removed;
  return purgeRest(db, { number, projectId, limit });
}

const purgeStep = (table: string, key: string) =>
  operatorSql(
    `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE project = ? LIMIT ? + 0)`,
  );
const REST = [
  purgeStep("idempotency", "project, kind, key_index"),
  purgeStep("ordering_keys", "project, key_index"),
  purgeStep("event_types", "project, type"),
  purgeStep("subscriptions", "project, id"),
];
const DELETE_JOBS = operatorSql("DELETE FROM jobs WHERE project = ? AND state <> 'running'");
const DELETE_PROJECT = operatorSql("DELETE FROM projects WHERE number = ?");

interface Purge {
  readonly number: number;
  readonly projectId: string;
  readonly limit: number;
}

function purgeRest(db: Database, { number, projectId, limit }: Purge): number {
  for (const statement of REST) {
    const removed = db.run(statement, number, limit);
    if (removed > 0) return removed;
  }
  return db.run(DELETE_JOBS, projectId) + db.run(DELETE_PROJECT, number);
}
