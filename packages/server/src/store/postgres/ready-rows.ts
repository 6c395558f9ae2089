import { RANKS } from "../../domain/priority.ts";
import { HIGHEST_ID, SHELF } from "./rows.ts";

/** The deliveries of a subscription that a lease can find stand in queues: pending or leased ones of one rank, by `ready_at`. */
export interface Queue {
  readonly shelf: number;
  readonly rank: number;
}

export const QUEUES: readonly Queue[] = Array.from({ length: RANKS }, (_, rank) =>
  [SHELF.pending, SHELF.leased].map((shelf) => ({ shelf, rank })),
).flat();

/**
 * Of the subscription `s`: events from this id on wait, since a back-fill of an ordered subscription has yet to bring earlier ones. 12 digits of a time and 20 of zero, as
 * `firstIdAt` makes them.
 */
export const BELOW = `CASE WHEN s.ordered AND s.catch_up_to IS NOT NULL
  THEN (lpad(to_hex(s.catch_up_to + 1), 12, '0') || repeat('0', 20))::uuid ELSE '${HIGHEST_ID}' END`;

/** When the first of each queue of the subscription `s` is ready, in the order of `QUEUES`; `b.below` is `BELOW`. */
const FIRST_OF_QUEUES = QUEUES.map(
  ({ shelf, rank }) => `(SELECT d.ready_at FROM deliveries_open AS d WHERE d.project = s.project
    AND d.subscription = s.id AND d.shelf = ${shelf} AND d.rank = ${rank} AND d.ready_at IS NOT NULL
    AND d.event < b.below ORDER BY d.ready_at LIMIT 1)`,
);

/**
 * An array. No look beforehand whether anything is open at all: it would walk once more over the entries of rows that were settled since the index was last cleaned,
 * which all stand before the first live one.
 */
export const FIRST_READY_AT = `ARRAY[${FIRST_OF_QUEUES.join(", ")}]`;
/** When a lease of the subscription `s` will next find something; NULL if nothing waits. */
export const NEXT_READY_AT = `least(${FIRST_OF_QUEUES.join(", ")})`;
