import { firstIdAt, uuidBytes } from "../../domain/ids.ts";
import { RANKS } from "../../domain/priority.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { Database } from "./open-database.ts";
import {
  DELIVERY_COLUMNS,
  type DeliveryTuple,
  idBytes,
  type ProjectRef,
  type Row,
  rowOf,
  SHELF,
} from "./rows.ts";
import { sql } from "./sql.ts";

/** The findable deliveries of one subscription. */
export interface Queue {
  readonly project: ProjectRef;
  readonly subscription: Uint8Array;
  /** Events from this id on wait: a back-fill of an ordered subscription has yet to bring earlier ones. */
  readonly below: Uint8Array;
}

/** Above every id. */
const NO_BOUND = new Uint8Array(17).fill(0xff);

export function queueOf(
  project: ProjectRef,
  { id, ordered, catchUpTo }: Pick<Subscription, "id" | "ordered" | "catchUpTo">,
): Queue {
  const waits = ordered && catchUpTo !== null;
  const below = waits ? uuidBytes(firstIdAt(catchUpTo + 1)) : NO_BOUND;
  return { project, subscription: idBytes(id), below };
}

const READ = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM deliveries INDEXED BY deliveries_open
  WHERE project = ? AND subscription = ? AND shelf = ? AND rank = ? AND ready_at <= ? AND event < ?
  ORDER BY ready_at, event, cause LIMIT ? + 0`);

/** Those of one rank that are due at `now`, by (`readyAt`, event, cause). */
export function readReady(
  db: Database,
  { project, subscription, below }: Queue,
  { rank, now, limit }: { readonly rank: number; readonly now: number; readonly limit: number },
): Row[] {
  const [pending, leased] = [SHELF.pending, SHELF.leased].map((shelf) =>
    db.all(READ, project.number, subscription, shelf, rank, now, below, limit),
  );
  const rows = [...(pending ?? []), ...(leased ?? [])].map((tuple) => rowOf(project, tuple));
  // Each of the two comes in order; leases past their end are few.
  return leased === undefined || leased.length === 0 ? rows : rows.sort(compareReady).slice(0, limit);
}

function compareReady(a: Row, b: Row): number {
  return (
    (a.readyAt ?? 0) - (b.readyAt ?? 0) ||
    Buffer.compare(a.key.event, b.key.event) ||
    Buffer.compare(a.key.cause, b.key.cause)
  );
}

const OPEN_SHELVES = [SHELF.pending, SHELF.leased];
const RANK_NUMBERS = Array.from({ length: RANKS }, (_, rank) => rank);
const FIRST_READY = OPEN_SHELVES.flatMap((shelf) =>
  RANK_NUMBERS.map(
    (rank) => `SELECT ready_at FROM (SELECT ready_at FROM deliveries INDEXED BY deliveries_open
      WHERE project = ?1 AND subscription = ?2 AND shelf = ${shelf} AND rank = ${rank}
      AND ready_at IS NOT NULL AND event < ?3 ORDER BY ready_at LIMIT 1)`,
  ),
);
const NEXT = sql<readonly [number | null]>(`SELECT min(ready_at) FROM (${FIRST_READY.join(" UNION ALL ")})`);

const IS_ANY = sql<readonly [number]>(`SELECT 1 FROM deliveries INDEXED BY deliveries_open
  WHERE project = ? AND subscription = ? AND shelf IS NOT NULL LIMIT 1`);

/** When a lease will next find something; null if nothing waits. Most often nothing is open at all, which one look tells; the other twelve take 8 µs. */
export function nextReadyAt(db: Database, { project, subscription, below }: Queue): number | null {
  if (db.get(IS_ANY, project.number, subscription) === undefined) return null;
  return db.get(NEXT, project.number, subscription, below)?.[0] ?? null;
}
