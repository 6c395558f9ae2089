import type { Database } from "./open-database.ts";
import { operatorSql } from "./sql.ts";
import { unavailable } from "./translate-errors.ts";

const FIND = operatorSql<readonly [number]>(
  "SELECT number FROM projects WHERE id = $1 AND deleted_at IS NOT NULL",
);

const purgeStep = (table: string) =>
  operatorSql(
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE project = $1 LIMIT $2))`,
  );
/** Nobody reads or changes what a closed project has, so it goes table by table. */
const STEPS = [
  ...["attempts", "deliveries_open", "deliveries_over", "plans", "events", "idempotency", "ordering_keys"],
  ...["event_types", "subscriptions", "wrapped_keys", "credentials"],
].map(purgeStep);

/** A transaction that began before the project was closed may still bring rows. */
const IS_QUIET = operatorSql<readonly [isQuiet: boolean]>(
  "SELECT deleted_xid < pg_snapshot_xmin(pg_current_snapshot()) FROM projects WHERE number = $1",
);
const DELETE_JOBS = operatorSql("DELETE FROM jobs WHERE project = $1 AND state <> 'running'");
const DELETE_PROJECT = operatorSql("DELETE FROM projects WHERE number = $1");

/** One step; gives how many rows went. */
export async function purgeProject(db: Database, projectId: string, limit: number): Promise<number> {
  const [number] = (await db.get(FIND, projectId)) ?? [];
  if (number === undefined) return 0;
  const [isQuiet = true] = (await db.get(IS_QUIET, number)) ?? [];
  return db.sweep(async (tx) => {
    for (const statement of STEPS) {
      const removed = await tx.run(statement, number, limit);
      if (removed > 0) return removed;
    }
    if (!isQuiet) throw unavailable();
    return (await tx.run(DELETE_JOBS, projectId)) + (await tx.run(DELETE_PROJECT, number));
  });
}
