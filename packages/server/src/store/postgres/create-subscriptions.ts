import { SUBSCRIPTION_LIMITS, type Subscription } from "../../domain/subscription.ts";
import type { CreateSubscriptionOutcome } from "../subscription-store.ts";
import type { Database } from "./open-database.ts";
import type { Transaction } from "./session.ts";
import { PROJECT, sql } from "./sql.ts";
import {
  IS_LIVE,
  PLAIN_COLUMNS,
  SUBSCRIPTION_COLUMNS,
  type SubscriptionTuple,
  subscriptionOf,
  subscriptionValues,
  valuePlaces,
} from "./subscription-rows.ts";

const HOLD_PROJECT = sql<readonly [number]>(
  "SELECT 1 FROM projects WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
);

/**
 * Whoever makes or changes subscriptions holds their project's row, before every other lock: names, identities and the count are judged one after the other. False: there
 * is no such project.
 */
export async function holdProject(tx: Transaction, projectId: string): Promise<boolean> {
  return (await tx.get(HOLD_PROJECT, projectId)) !== undefined;
}

const READ_BY_IDENTITY = sql<SubscriptionTuple>(`SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions AS s
  WHERE s.project = ${PROJECT} AND s.identity = ANY ($2) AND ${IS_LIVE}`);
const READ_NAMES = sql<readonly [string]>(`SELECT s.name FROM subscriptions AS s
  WHERE s.project = ${PROJECT} AND s.name = ANY ($2) AND ${IS_LIVE}`);
const COUNT = sql<readonly [number]>(
  `SELECT count(*) FROM subscriptions AS s WHERE s.project = ${PROJECT} AND ${IS_LIVE}`,
);

/** Makes subscriptions of one project, in their order. */
export function createSubscriptions(
  db: Database,
  projectId: string,
  wanted: readonly Subscription[],
): Promise<readonly CreateSubscriptionOutcome[]> {
  return db.transact(async (tx) => {
    const names = wanted.flatMap(({ name }) => (name === null ? [] : [name]));
    // Sent together: each is begun when the hold is given.
    const [isThere, same, takenNames, [count = 0] = []] = await Promise.all([
      holdProject(tx, projectId),
      tx.all(
        READ_BY_IDENTITY,
        projectId,
        wanted.map(({ identity }) => identity),
      ),
      tx.all(READ_NAMES, projectId, names),
      tx.get(COUNT, projectId),
    ]);
    if (!isThere) return wanted.map(() => ({ outcome: "no_project" }));
    const known = same.map((tuple) => subscriptionOf(projectId, tuple));
    const judge = makeJudge({ known, names: takenNames.map(([name]) => name), count });
    const outcomes = wanted.map(judge);
    const created = wanted.filter((_, index) => outcomes[index]?.outcome === "created");
    for (const subscription of created) insertSubscription(tx, subscription);
    if (created.length > 0) raiseVersion(tx, projectId);
    return outcomes;
  });
}

interface Standing {
  readonly known: readonly Subscription[];
  readonly names: readonly string[];
  readonly count: number;
}

/** Judges one after the other; what is created stands for the next. */
function makeJudge(standing: Standing): (subscription: Subscription) => CreateSubscriptionOutcome {
  const byIdentity = new Map(standing.known.map((one) => [one.identity, one]));
  const names = new Set(standing.names);
  let { count } = standing;
  return (subscription) => {
    const { identity, name } = subscription;
    const same = byIdentity.get(identity);
    if (same !== undefined) return { outcome: "exists", subscription: same };
    if (name !== null && names.has(name)) return { outcome: "name_taken" };
    if (count >= SUBSCRIPTION_LIMITS.perProject) return { outcome: "full" };
    byIdentity.set(identity, subscription);
    if (name !== null) names.add(name);
    count += 1;
    return { outcome: "created" };
  };
}

const INSERT = sql(`INSERT INTO subscriptions (project, id, ${PLAIN_COLUMNS})
  VALUES (${PROJECT}, $2, ${valuePlaces(3)})`);
/** Versions rise with the time: a server that goes on from an earlier point gives none again that a node may know. */
const RAISE_VERSION = sql(`UPDATE projects
  SET match_version = greatest(match_version + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) WHERE id = $1`);

/** Another set of subscriptions matches from now on. */
export function raiseVersion(tx: Transaction, projectId: string): void {
  tx.send(RAISE_VERSION, projectId);
}

/** Stores a new row; the match version is yet to be raised. */
export function insertSubscription(tx: Transaction, subscription: Subscription): void {
  const { projectId, id } = subscription;
  tx.send(INSERT, projectId, id, ...subscriptionValues(subscription));
}
