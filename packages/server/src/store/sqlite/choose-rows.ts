import { RANKS } from "../../domain/priority.ts";
import type { LeaseRequest } from "../delivery-store.ts";
import type { Database } from "./open-database.ts";
import { type Queue, readReady } from "./ready-rows.ts";
import type { Row } from "./rows.ts";

interface Places extends Pick<LeaseRequest, "now" | "limit" | "lowerFirst"> {
  /** How many of `limit` are filled. */
  readonly taken: number;
}

/** Rows for the places that are left: the lowest rank first, and the highest for as many as the request says. */
export function chooseRows(db: Database, queue: Queue, places: Places): ReadonlySet<Row> {
  const { now, limit, taken } = places;
  const known: Row[][] = [];
  // No rank gives more rows than there are places, whichever end they are taken from.
  const rowsOf = (rank: number) =>
    (known[rank] ??= readReady(db, queue, { rank, now, limit: limit - taken }));
  const upward = rowsUpward(rowsOf);
  const downward = rowsDownward(rowsOf);
  const chosen = new Set<Row>();
  for (let place = taken; place < limit; place++) {
    const row = nextOf(isLowerPlace(place, places) ? downward : upward, chosen);
    if (row === null) break;
    chosen.add(row);
  }
  return chosen;
}

/** Spreads the `lowerFirst` places evenly among all. */
function isLowerPlace(place: number, { limit, lowerFirst }: Places): boolean {
  return Math.floor(((place + 1) * lowerFirst) / limit) > Math.floor((place * lowerFirst) / limit);
}

function nextOf(rows: Iterator<Row>, chosen: ReadonlySet<Row>): Row | null {
  for (;;) {
    const { done, value } = rows.next();
    if (done) return null;
    if (!chosen.has(value)) return value;
  }
}

function* rowsUpward(rowsOf: (rank: number) => readonly Row[]): IterableIterator<Row> {
  for (let rank = 0; rank < RANKS; rank++) yield* rowsOf(rank);
}

function* rowsDownward(rowsOf: (rank: number) => readonly Row[]): IterableIterator<Row> {
  for (let rank = RANKS - 1; rank >= 0; rank--) yield* rowsOf(rank);
}
