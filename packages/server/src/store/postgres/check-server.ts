import type { Database } from "./open-database.ts";
import { operatorSql } from "./sql.ts";
import { unavailable } from "./translate-errors.ts";

const READ_STATE = operatorSql<readonly [isReadOnly: boolean]>(
  "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' FROM projects LIMIT 1",
);

/** A server that only reads, such as a replica or one that failed over, cannot be worked with. */
export async function checkHealth(db: Database): Promise<void> {
  const [isReadOnly = false] = (await db.get(READ_STATE)) ?? [];
  if (isReadOnly) throw unavailable();
}

const READ_CLOCK = operatorSql<readonly [atMs: number]>(
  "SELECT extract(epoch FROM clock_timestamp())::double precision * 1000",
);
const SAMPLES = 3;

/** The server's time less this node's, in ms: of several questions the one that was answered fastest, halfway between asking and answer. */
export async function clockOffsetMs(db: Database, wallMs: () => number): Promise<number> {
  let best = { offsetMs: 0, tookMs: Number.POSITIVE_INFINITY };
  for (let sample = 0; sample < SAMPLES; sample++) {
    const askedAt = performance.now();
    const [serverMs = 0] = (await db.get(READ_CLOCK)) ?? [];
    const tookMs = performance.now() - askedAt;
    const offsetMs = serverMs - (wallMs() - tookMs / 2);
    if (tookMs < best.tookMs) best = { offsetMs, tookMs };
  }
  return Math.round(best.offsetMs);
}
