import { RANKS } from "../../domain/priority.ts";
import type { LeaseRequest } from "../delivery-store.ts";
import { QUEUES } from "./ready-rows.ts";
import { DELIVERY_COLUMNS, type DeliveryTuple, idValue, type Row, rowOf } from "./rows.ts";
import type { Transaction } from "./session.ts";
import { PROJECT, sql } from "./sql.ts";

/** Where something may be. */
export interface Places {
  readonly request: LeaseRequest;
  /** Events from this id on wait. */
  readonly below: string;
  /** When the first of each of `QUEUES` is ready. */
  readonly firstReadyAt: readonly (number | null)[];
}

/** A locked row. */
export interface TakenRow extends Row {
  /** Of its subscription as it was locked: more may have been allowed, or fewer, since the look. */
  readonly maxAttempts: number;
}

/**
 * Locks rows for the places that are left when `taken` are filled, in the order of the places: the lowest rank first, and the highest for as many as the request says. What others are about to
 * take is passed over; rows for a tenth too many may be locked and left.
 */
export async function takeReady(
  tx: Transaction,
  places: Places,
  taken: number,
): Promise<readonly TakenRow[]> {
  const isLower = lowerPlaces(places.request, taken);
  const lower = isLower.filter(Boolean).length;
  const upper = isLower.length - lower;
  const known = new Map<number, TakenRow[]>();
  const fromBelow: TakenRow[] = [];
  for (let rank = 0; rank < RANKS && fromBelow.length < upper; rank++) {
    const rows = await takeRank(tx, places, { rank, limit: upper - fromBelow.length + lower });
    fromBelow.push(...rows.splice(0, upper - fromBelow.length));
    known.set(rank, rows);
  }
  const fromAbove: TakenRow[] = [];
  for (let rank = RANKS - 1; rank >= 0 && fromAbove.length < lower; rank--) {
    const limit = lower - fromAbove.length;
    fromAbove.push(...(known.get(rank) ?? (await takeRank(tx, places, { rank, limit }))).slice(0, limit));
  }
  return isLower.flatMap((isAbove) => (isAbove ? fromAbove : fromBelow).shift() ?? []);
}

/** Which of the places that are left are the lower ranks'; those are spread evenly among all. */
function lowerPlaces({ limit, lowerFirst }: LeaseRequest, taken: number): boolean[] {
  const before = (place: number) => Math.floor((place * lowerFirst) / limit);
  return Array.from({ length: limit - taken }, (_, index) => {
    return before(taken + index + 1) > before(taken + index);
  });
}

interface Wish {
  readonly rank: number;
  readonly limit: number;
}

/** By `readyAt`. */
async function takeRank(tx: Transaction, places: Places, { rank, limit }: Wish): Promise<TakenRow[]> {
  const taken = QUEUES.map(async (queue, index) => {
    const readyAt = places.firstReadyAt[index] ?? null;
    if (queue.rank !== rank || readyAt === null || readyAt > places.request.now) return [];
    return takeQueue(tx, places, { ...queue, limit, readyAt });
  });
  const rows = (await Promise.all(taken)).flat();
  return rows.sort((a, b) => (a.readyAt ?? 0) - (b.readyAt ?? 0)).slice(0, limit);
}

type TakenTuple = readonly [...DeliveryTuple, maxAttempts: number];

/**
 * The owner's hold is checked in the very statement that takes. It begins where the look found the first live row (`$10`): before that stand the entries of rows that were
 * settled since the index was last cleaned, and the look has walked over them already.
 */
const TAKE = sql<TakenTuple>(`SELECT ${DELIVERY_COLUMNS},
    (SELECT s.max_attempts FROM subscriptions AS s WHERE s.project = ${PROJECT} AND s.id = $2)
  FROM deliveries_open AS d
  WHERE d.project = ${PROJECT} AND d.subscription = $2 AND d.shelf = $3 AND d.rank = $4 AND d.ready_at <= $5
  AND d.ready_at >= $10 AND d.event < $6 AND ($8::integer IS NULL OR EXISTS (SELECT FROM owners AS o
    WHERE o.shard = $8 AND o.fence = $9 AND o.owner IS NOT NULL AND o.held_until > $5))
  ORDER BY d.ready_at LIMIT $7 FOR UPDATE SKIP LOCKED`);

async function takeQueue(
  tx: Transaction,
  { request, below }: Places,
  { shelf, rank, limit, readyAt }: Wish & { readonly shelf: number; readonly readyAt: number },
): Promise<TakenRow[]> {
  const { projectId, subscriptionId, now, owner } = request;
  const tuples = await tx.all(
    TAKE,
    ...[projectId, idValue(subscriptionId), shelf, rank, now, below, limit],
    ...[owner?.shard ?? null, owner?.fence ?? null, readyAt],
  );
  return tuples.map((tuple) => ({ ...rowOf(projectId, tuple), maxAttempts: tuple[21] }));
}
