import type { Database } from "./open-database.ts";
import { operatorSql } from "./sql.ts";

/*
 * A place in the feed is the number of an event. They rise, but a file that was put in the place of a later one (a backup, a copy of the disk) has not given those that readers have passed meanwhile, and
 * would give them to other events. So numbers also rise with the time: the first ones that are given after an opening lie above all that any file has given before that moment.
 */

/** 2026-01-01, in ms since 1970: no number is above 2^53 for 2,000 years. */
const FIRST_MS = 1_767_225_600_000;
/** More than is ever stored in one. */
const NUMBERS_OF_MS = 128;

/** Above every number that any file has given before this moment, in ms since 1970. */
export function numberAt(now: number): number {
  return Math.max(0, now - FIRST_MS) * NUMBERS_OF_MS;
}

const RAISE = operatorSql("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'events'");
const BEGIN = operatorSql("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)");

/** What is stored from now on stands behind all that was stored before `now`, in whatever file. */
export function raiseNumbers(db: Database, now: number): void {
  const number = numberAt(now);
  if (db.run(RAISE, number) === 0) db.run(BEGIN, number);
}

const LAST_NUMBER = operatorSql<readonly [number]>("SELECT seq FROM sqlite_sequence WHERE name = 'events'");

/** The highest that this file has given. */
export function lastNumber(db: Database): number {
  return db.get(LAST_NUMBER)?.[0] ?? 0;
}
