import { bigints, texts } from "./pack-arrays.ts";
import type { Session, Transaction } from "./session.ts";
import { operatorSql, PROJECT, sql } from "./sql.ts";

const HOUR_MS = 3_600_000;

/** `ordering_keys.used_hour`. */
export function hourOf(time: number): number {
  return Math.floor(time / HOUR_MS);
}

/** So many positions of a key are wanted. */
export interface KeyWish {
  readonly key: string;
  readonly count: number;
  readonly at: number;
}

const TAKE = sql<readonly [key: string, position: number]>(`INSERT INTO ordering_keys AS k
    (project, key_index, position, used_at, used_hour)
  SELECT p.number, w.key, w.count, w.at, w.at / ${HOUR_MS}
  FROM projects AS p CROSS JOIN unnest($2::text[], $3::bigint[], $4::bigint[]) AS w (key, count, at)
  WHERE p.id = $1 AND p.deleted_at IS NULL
  ON CONFLICT (project, key_index) DO UPDATE SET position = k.position + excluded.position,
    used_at = greatest(k.used_at, excluded.used_at), used_hour = greatest(k.used_hour, excluded.used_hour)
  RETURNING key_index, position`);

/**
 * Takes the next positions of ordering keys, sorted, and holds the keys until the commit: nobody sees position n before n−1. Gives the first position taken of each; of a
 * closed project none.
 */
export async function takePositions(
  tx: Transaction,
  projectId: string,
  wishes: readonly KeyWish[],
): Promise<ReadonlyMap<string, number>> {
  if (wishes.length === 0) return new Map();
  const counts = new Map(wishes.map(({ key, count }) => [key, count]));
  const tuples = await tx.all(
    TAKE,
    projectId,
    texts(wishes.map(({ key }) => key)),
    bigints(wishes.map(({ count }) => count)),
    bigints(wishes.map(({ at }) => at)),
  );
  return new Map(tuples.map(([key, last]) => [key, last - (counts.get(key) ?? 1) + 1]));
}

const PLANNED = sql<readonly [string]>(`SELECT DISTINCT p.ordering_key_index FROM plans AS p
  WHERE p.project = ${PROJECT}
  AND p.ordering_key_index = ANY($2::text[])`);

/** Those of these keys, which are held, that have an event with an unexpanded plan. */
export async function plannedKeys(
  tx: Transaction,
  projectId: string,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  return new Set((await tx.all(PLANNED, projectId, texts(keys))).map(([key]) => key));
}

const FORGET = operatorSql(`DELETE FROM ordering_keys WHERE ctid = ANY (ARRAY(
  SELECT k.ctid FROM ordering_keys AS k WHERE k.used_hour <= $1 AND k.used_at < $2 AND NOT EXISTS
    (SELECT FROM plans AS p WHERE p.project = k.project AND p.ordering_key_index = k.key_index)
  LIMIT $3 FOR UPDATE SKIP LOCKED))`);

/** Forgets keys that were last used before this time and have no unexpanded plan; gives how many. */
export function forgetOrderingKeys(db: Session, unusedSince: number, limit: number): Promise<number> {
  return db.run(FORGET, hourOf(unusedSince), unusedSince, limit);
}
