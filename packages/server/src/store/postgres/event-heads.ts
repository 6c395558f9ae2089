import { PRIORITIES, type Priority } from "../../domain/priority.ts";
import { uuids } from "./pack-arrays.ts";
import { idValue } from "./rows.ts";
import type { Session, Transaction } from "./session.ts";
import { PROJECT, sql } from "./sql.ts";

/** As much of an event as its new deliveries need. */
export interface EventHead {
  readonly priority: Priority;
  readonly orderingKeyIndex: string | null;
  readonly position: number | null;
  readonly bytes: number;
  readonly expiresAt: number;
}

type HeadTuple = readonly [
  id: string,
  priority: number,
  orderingKeyIndex: string | null,
  position: number | null,
  bytes: number,
  expiresAt: number,
];

const READ_KEYS = sql<readonly [string]>(`SELECT DISTINCT e.ordering_key_index FROM events AS e
  WHERE e.project = ${PROJECT} AND e.id = ANY($2::uuid[]) AND e.ordering_key_index IS NOT NULL`);

/** The ordering keys of events, sorted: what is locked before the events. */
export async function keysOfEvents(
  db: Session,
  projectId: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  return (await db.all(READ_KEYS, projectId, uuids(ids.map(idValue)))).map(([key]) => key).sort();
}

const LOCK = sql<HeadTuple>(`SELECT e.id, e.priority, e.ordering_key_index, e.position, e.bytes, e.expires_at
  FROM events AS e WHERE e.project = ${PROJECT} AND e.id = ANY($2::uuid[]) AND e.expires_at > $3
  ORDER BY e.id FOR NO KEY UPDATE`);

/** Those of these events that are there and not past their last date. Until the end of the transaction nobody else adds deliveries to them or removes them. */
export async function lockEvents(
  tx: Transaction,
  projectId: string,
  { ids, now }: { readonly ids: readonly string[]; readonly now: number },
): Promise<ReadonlyMap<string, EventHead>> {
  const tuples = await tx.all(LOCK, projectId, uuids(ids.map(idValue)), now);
  return new Map(
    tuples.map(([id, number, orderingKeyIndex, position, bytes, expiresAt]) => {
      const priority = PRIORITIES[number] ?? "normal";
      return [id, { priority, orderingKeyIndex, position, bytes, expiresAt }] as const;
    }),
  );
}
