import type { FeedPosition } from "../event-store.ts";

/** A place in the feed: the event with these numbers, or right behind it. */
export interface FeedPlace {
  readonly epoch: number;
  /** Transaction that stored it. */
  readonly xid: number;
  readonly n: number;
}

/** Before everything that is kept: a fresh place, of which retention has taken nothing. */
export const START: FeedPosition = "start";

/** Before every event. */
export const BEFORE_ALL: FeedPlace = { epoch: 0, xid: 0, n: 0 };
const LAST_N = 2 ** 31 - 1;
/** As many digits as a position takes. */
const LAST_XID = 10 ** 15 - 1;

const POSITION = /^([0-9]{1,9})\.([0-9]{1,15})\.([0-9]{1,10})$/;

/** Null for a text that is no position. */
export function placeOf(position: FeedPosition): FeedPlace | null {
  if (position === START) return BEFORE_ALL;
  const [, epoch, xid, n] = POSITION.exec(position) ?? [];
  if (epoch === undefined || Number(n) > LAST_N) return null;
  return { epoch: Number(epoch), xid: Number(xid), n: Number(n) };
}

export function positionOf({ epoch, xid, n }: FeedPlace): FeedPosition {
  return `${epoch}.${xid}.${n}`;
}

/** Behind all events of transactions below this one. */
export function placeBefore(epoch: number, xid: number): FeedPlace {
  return { epoch, xid: xid - 1, n: LAST_N };
}

/** Behind all events of an epoch. */
export function endOfEpoch(epoch: number): FeedPlace {
  return { epoch, xid: LAST_XID, n: LAST_N };
}

export function comparePlaces(a: FeedPlace, b: FeedPlace): number {
  return a.epoch - b.epoch || a.xid - b.xid || a.n - b.n;
}
