import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";

/** Resolves once a session of this server waits for a lock. Not `pg_stat_activity`: within a transaction that stays as it was first seen. */
export async function whenLockedOut(client: Client): Promise<void> {
  while ((await client.query("SELECT FROM pg_locks WHERE NOT granted")).rowCount === 0) await sleep(5);
}
