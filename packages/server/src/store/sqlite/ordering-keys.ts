import type { Database } from "./open-database.ts";
import { operatorSql, sql } from "./sql.ts";

export const HOUR_MS = 3_600_000;

const TAKE = sql<readonly [position: number]>(`UPDATE ordering_keys
  SET position = position + 1, used_at = max(used_at, ?)
  WHERE project = ? AND key_index = ? AND used_hour >= ? RETURNING position`);
const TAKE_FIRST_IN_HOUR = sql<readonly [position: number]>(`INSERT INTO ordering_keys
  (project, key_index, position, used_at, used_hour) VALUES (?1, ?2, 1, ?3, ?4)
  ON CONFLICT (project, key_index) DO UPDATE SET position = position + 1, used_at = max(used_at, ?3),
  used_hour = max(used_hour, ?4) RETURNING position`);

/** Takes the next position of an ordering key. */
export function takePosition(
  db: Database,
  { project, key, at }: { readonly project: number; readonly key: string; readonly at: number },
): number {
  const hour = Math.floor(at / HOUR_MS);
  const taken = db.get(TAKE, at, project, key, hour) ?? db.get(TAKE_FIRST_IN_HOUR, project, key, at, hour);
  if (taken === undefined) throw new Error("An ordering key gave no position");
  return taken[0];
}

const IS_PLANNED = sql<readonly [number]>(
  "SELECT 1 FROM plans WHERE project = ? AND ordering_key_index = ? LIMIT 1",
);

/** True while an event of this key has an unexpanded plan. */
export function isKeyPlanned(db: Database, project: number, key: string): boolean {
  return db.get(IS_PLANNED, project, key) !== undefined;
}

const FORGET = operatorSql(`DELETE FROM ordering_keys WHERE (project, key_index) IN (
  SELECT project, key_index FROM ordering_keys AS k WHERE used_hour <= ? AND used_at < ?
  AND NOT EXISTS (SELECT 1 FROM plans AS p WHERE p.project = k.project AND p.ordering_key_index = k.key_index) LIMIT ? + 0)`);

/** Forgets keys that were last used before this time and have no unexpanded plan; gives how many. */
export function forgetOrderingKeys(db: Database, unusedSince: number, limit: number): number {
  return db.run(FORGET, Math.floor(unusedSince / HOUR_MS), unusedSince, limit);
}
