import { setImmediate } from "node:timers/promises";
import { listCredentials, readCredential, readCredentialById } from "./credentials.ts";
import {
  countDeliveries,
  nextDueAt,
  readAttempts,
  readDeliveriesOfEvents,
  readDelivery,
} from "./deliveries.ts";
import { listEvents, listEventTypes, readEvents } from "./events.ts";
import { countRows, exportRows } from "./export-rows.ts";
import { findFaults } from "./find-faults.ts";
import { readJob } from "./jobs.ts";
import { listLanes, readLane } from "./lanes.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { listWaiting } from "./list-waiting.ts";
import type { Database } from "./open-database.ts";
import { listOwners } from "./owners.ts";
import { countPlan, listPlans } from "./plans.ts";
import { listProjects, readKeys, readProject, readSetting } from "./projects.ts";
import { readFeed, seekFeed } from "./read-feed.ts";
import { operatorSql } from "./sql.ts";
import {
  listByShards,
  listExpired,
  listSubscriptions,
  readMatchSet,
  readSubscription,
  readSubscriptionByName,
} from "./subscriptions.ts";
import { closedError, translateError } from "./translate-errors.ts";

/** The operations that only read. */
const READS = {
  readEvents,
  listEvents,
  listEventTypes,
  countPlan,
  listPlans,
  readFeed,
  seekFeed,
  readDelivery,
  listDeliveries,
  readDeliveriesOfEvents,
  listWaiting,
  nextDueAt,
  countDeliveries,
  readAttempts,
  readLane,
  listLanes,
  readSubscription,
  readSubscriptionByName,
  listSubscriptions,
  readMatchSet,
  listByShards,
  listExpired,
  listOwners,
  readJob,
  readProject,
  listProjects,
  readKeys,
  readSetting,
  countRows,
  exportRows,
  findFaults,
  readCredential,
  readCredentialById,
  listCredentials,
} as const;

type Reading = typeof READS;

export type Reads = {
  readonly [Name in keyof Reading]: Reading[Name] extends (db: Database, ...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Result>
    : never;
};

const BEGIN = operatorSql("BEGIN");
const COMMIT = operatorSql("COMMIT");

/** So many reads in a row, then the event loop turns: a caller that reads on and on would starve it, since no read waits for anything. */
const READS_IN_A_ROW = 16;

/** Each read sees one state of the database, with everything that was answered before. */
export function makeReads(db: Database): Reads {
  let row = 0;
  const inOneState = async (read: () => unknown) => {
    if (++row % READS_IN_A_ROW === 0) await setImmediate();
    if (!db.connection.isOpen) throw closedError();
    try {
      db.run(BEGIN);
      try {
        return read();
      } finally {
        db.run(COMMIT);
      }
    } catch (error) {
      throw translateError(error);
    }
  };
  const reads = Object.entries(READS).map(([name, read]) => {
    const operation = read as (db: Database, ...args: readonly unknown[]) => unknown;
    return [name, (...args: readonly unknown[]) => inOneState(() => operation(db, ...args))] as const;
  });
  return Object.fromEntries(reads) as unknown as Reads;
}
