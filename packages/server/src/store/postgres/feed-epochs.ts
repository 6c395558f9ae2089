import type { Database } from "./open-database.ts";
import { operatorSql } from "./sql.ts";
import { isWithoutEpoch, unavailable } from "./translate-errors.ts";

/*
 * A place in the feed is epoch, number of the transaction, place in it. A server counts its transactions on, but not always: filled from a dump, recovered to a point in time, or taking the place of one
 * whose last commits it never got, it gives numbers again that readers have passed. Nothing stored tells that; but such a server has been started since. So an epoch is one life of the server, from its
 * start on, and what is stored in a life stands behind all lives before. Epochs that are lost are passed too: their numbers rise with the time they are opened at.
 */

/** 2026-01-01, in seconds since 1970: numbers have nine digits until 2057. */
const FIRST_SECOND = 1_767_225_600;
const NEWEST = `(SELECT epoch, coalesce(server_started_at = pg_postmaster_start_time(), false) AS is_current,
    greatest(epoch + 1, extract(epoch FROM clock_timestamp())::integer - ${FIRST_SECOND}) AS next
  FROM feed_epochs ORDER BY epoch DESC LIMIT 1)`;

/** The present life of the server, as text. */
export const LIFE = "extract(epoch FROM pg_postmaster_start_time())::text";
/**
 * Epoch of what is stored now. Null before anybody has opened that of this life, and for what was planned in another one (`plannedIn`, a life or null): its subscriptions may be lost. Then nothing is stored.
 */
export const epochOf = (plannedIn: string) =>
  `(SELECT newest.epoch FROM ${NEWEST} AS newest WHERE newest.is_current AND coalesce(${plannedIn} = ${LIFE}, true))`;
/** The newest epoch, whether it is that of this life, and the number of one that is opened now, as columns of `f`. */
export const NEWEST_EPOCH = `${NEWEST} AS f`;

/** More than a node keeps ready to be matched; the ones read longest ago go first. */
const MOST_PROJECTS = 20_000;

/** The subscriptions of a project were read in this life. */
export function noteLife({ lives }: Database, projectId: string, life: string): void {
  lives.delete(projectId);
  lives.set(projectId, life);
  const [oldest] = lives.size > MOST_PROJECTS ? lives.keys() : [];
  if (oldest !== undefined) lives.delete(oldest);
}

const IS_NEEDED = operatorSql<readonly [isNeeded: boolean]>(
  `SELECT NOT f.is_current AND current_setting('transaction_read_only') = 'off' FROM ${NEWEST_EPOCH}`,
);
/** Waits for every transaction that writes events, and for whoever opens the same epoch. Whoever comes after it reads what it leaves. */
const LOCK = operatorSql("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE");
const OPEN = operatorSql(`INSERT INTO feed_epochs (epoch, server_started_at)
  SELECT f.next, pg_postmaster_start_time() FROM ${NEWEST_EPOCH} WHERE NOT f.is_current`);
/** Whatever closed a project in the life before is over. */
const FORGET_CLOSING = operatorSql("UPDATE projects SET deleted_xid = '0' WHERE deleted_xid IS NOT NULL");

/** Opens the epoch of this life of the server, unless somebody did. A server that only reads is left alone. */
export async function openEpoch(db: Database): Promise<void> {
  const [isNeeded = false] = (await db.get(IS_NEEDED)) ?? [];
  if (!isNeeded) return;
  await db.sweep(async (tx) => {
    tx.send(LOCK);
    if ((await tx.run(OPEN)) > 0) tx.send(FORGET_CLOSING);
  });
}

/** Stores events, all or none of them; the first ones in a life of the server open its epoch. Refused is what was planned in another. */
export async function inEpoch<T>(db: Database, store: () => Promise<T>): Promise<T> {
  try {
    return await store();
  } catch (error) {
    if (!isWithoutEpoch(error)) throw error;
    await openEpoch(db);
    return await store().catch((again: unknown) => {
      throw isWithoutEpoch(again) ? unavailable(again) : again;
    });
  }
}
