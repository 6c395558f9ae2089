import { uuidBytes } from "../../domain/ids.ts";
import {
  matchAlike,
  matchesEvents,
  SUBSCRIPTION_LIMITS,
  type Subscription,
} from "../../domain/subscription.ts";
import type { CreateSubscriptionOutcome, MatchSet, SubscriptionStore } from "../subscription-store.ts";
import type { Database } from "./open-database.ts";
import { idBytes } from "./rows.ts";
import { operatorSql, sql } from "./sql.ts";
import {
  findSubscription,
  PLAIN_COLUMNS,
  SUBSCRIPTION_COLUMNS,
  type SubscriptionTuple,
  subscriptionOf,
  subscriptionValues,
} from "./subscription-rows.ts";

const IS_LIVE = "state NOT IN ('ended', 'deleted')";

export function readSubscription(
  db: Database,
  ...[projectId, id]: Parameters<SubscriptionStore["readSubscription"]>
): Subscription | null {
  const number = db.projectNumber(projectId);
  return number === null ? null : findSubscription(db, { id: projectId, number }, idBytes(id));
}

const READ_BY_NAME = sql<SubscriptionTuple>(
  `SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions WHERE project = ? AND name = ? AND ${IS_LIVE}`,
);
const READ_BY_IDENTITY = sql<SubscriptionTuple>(
  `SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions WHERE project = ? AND identity = ? AND ${IS_LIVE}`,
);

export function readSubscriptionByName(
  db: Database,
  ...[projectId, name]: Parameters<SubscriptionStore["readSubscriptionByName"]>
): Subscription | null {
  const project = db.projectNumber(projectId);
  const tuple = project === null ? undefined : db.get(READ_BY_NAME, project, name);
  return tuple === undefined ? null : subscriptionOf(projectId, tuple);
}

const COUNT = sql<readonly [number]>(`SELECT count(*) FROM subscriptions WHERE project = ? AND ${IS_LIVE}`);

export function createSubscription(db: Database, subscription: Subscription): CreateSubscriptionOutcome {
  const { projectId, name, identity } = subscription;
  const project = db.projectNumber(projectId);
  if (project === null) return { outcome: "no_project" };
  const same = db.get(READ_BY_IDENTITY, project, identity);
  if (same !== undefined) return { outcome: "exists", subscription: subscriptionOf(projectId, same) };
  if (name !== null && db.get(READ_BY_NAME, project, name) !== undefined) return { outcome: "name_taken" };
  const [count = 0] = db.get(COUNT, project) ?? [];
  if (count >= SUBSCRIPTION_LIMITS.perProject) return { outcome: "full" };
  insertSubscription(db, project, subscription);
  return { outcome: "created" };
}

const VALUES = PLAIN_COLUMNS.replaceAll(/\w+/g, "?");
const INSERT = sql(`INSERT INTO subscriptions (project, id, ${PLAIN_COLUMNS}) VALUES (?, ?, ${VALUES})`);
const RAISE_VERSION = sql("UPDATE projects SET match_version = match_version + 1 WHERE number = ?");

/** Stores a new row and raises the match version. */
export function insertSubscription(db: Database, project: number, subscription: Subscription): void {
  db.run(INSERT, project, uuidBytes(subscription.id), ...subscriptionValues(subscription));
  db.run(RAISE_VERSION, project);
}

const UPDATE = sql(`UPDATE subscriptions SET (${PLAIN_COLUMNS}) = (${VALUES}) WHERE project = ? AND id = ?`);
/** Leases that are out have no attempt left by the number that holds now. */
const MARK_LAST = sql(`UPDATE deliveries SET is_last = iif(attempt - attempt_base >= ?, 1, NULL)
  WHERE project = ? AND subscription = ? AND shelf = 1`);

export function changeSubscription(
  db: Database,
  subscription: Subscription,
): Awaited<ReturnType<SubscriptionStore["changeSubscription"]>> {
  const { projectId, version, maxAttempts } = subscription;
  const number = db.projectNumber(projectId);
  if (number === null) return "not_found";
  const id = idBytes(subscription.id);
  const known = findSubscription(db, { id: projectId, number }, id);
  if (known === null) return "not_found";
  if (known.version !== version - 1) return "conflict";
  const refusal = matchesEvents(subscription.state) ? refusalOf(db, number, subscription) : null;
  if (refusal !== null) return refusal;
  db.run(UPDATE, ...subscriptionValues(subscription), number, id);
  if (!matchAlike(known, subscription)) db.run(RAISE_VERSION, number);
  if (maxAttempts !== known.maxAttempts) db.run(MARK_LAST, maxAttempts, number, id);
  return "changed";
}

/** Another one has its name or identity. */
function refusalOf(
  db: Database,
  project: number,
  { projectId, id, name, identity }: Subscription,
): "name_taken" | "conflict" | null {
  const isOther = (tuple: SubscriptionTuple | undefined) =>
    tuple !== undefined && subscriptionOf(projectId, tuple).id !== id;
  if (name !== null && isOther(db.get(READ_BY_NAME, project, name))) return "name_taken";
  return isOther(db.get(READ_BY_IDENTITY, project, identity)) ? "conflict" : null;
}

const LIST = sql<SubscriptionTuple>(`SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions
  WHERE project = ?1 AND id > ?2 AND state <> 'deleted'
  AND (?3 IS NULL OR EXISTS (SELECT 1 FROM json_each(labels) WHERE value = ?3)) ORDER BY id LIMIT ?4 + 0`);

export function listSubscriptions(
  db: Database,
  { projectId, label, afterId, limit }: Parameters<SubscriptionStore["listSubscriptions"]>[0],
): Subscription[] {
  const project = db.projectNumber(projectId);
  if (project === null) return [];
  const after = afterId === null ? new Uint8Array(0) : uuidBytes(afterId);
  return db.all(LIST, project, after, label, limit).map((tuple) => subscriptionOf(projectId, tuple));
}

const READ_VERSION = sql<readonly [number]>("SELECT match_version FROM projects WHERE number = ?");
const READ_LIVE = sql<SubscriptionTuple>(
  `SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions WHERE project = ? AND ${IS_LIVE}`,
);

export function readMatchSet(
  db: Database,
  ...[projectId, knownVersion]: Parameters<SubscriptionStore["readMatchSet"]>
): MatchSet {
  const project = db.projectNumber(projectId);
  const version = project === null ? 0 : (db.get(READ_VERSION, project)?.[0] ?? 0);
  if (version === knownVersion) return { version, subscriptions: null };
  const tuples = project === null ? [] : db.all(READ_LIVE, project);
  return { version, subscriptions: tuples.map((tuple) => subscriptionOf(projectId, tuple)) };
}

type OwnedTuple = readonly [...SubscriptionTuple, projectId: string];

const COLUMNS_OF_S = SUBSCRIPTION_COLUMNS.split(",")
  .map((column) => `s.${column.trim()}`)
  .join(", ");
const LIST_BY_SHARDS = operatorSql<OwnedTuple>(`SELECT ${COLUMNS_OF_S}, p.id FROM projects AS p
  CROSS JOIN subscriptions AS s ON s.project = p.number
  WHERE p.deleted_at IS NULL AND s.endpoint_shard IS NOT NULL AND s.${IS_LIVE}
  AND s.endpoint_shard IN (SELECT value FROM json_each(?1)) AND p.id >= ?2 AND (p.id > ?2 OR s.id > ?3)
  ORDER BY p.id, s.id LIMIT ?4 + 0`);

export function listByShards(
  db: Database,
  { shards, after, limit }: Parameters<SubscriptionStore["listByShards"]>[0],
): Subscription[] {
  const id = after === null ? new Uint8Array(0) : uuidBytes(after.id);
  return db
    .all(LIST_BY_SHARDS, JSON.stringify(shards), after?.projectId ?? "", id, limit)
    .map((tuple) => subscriptionOf(tuple[20], tuple));
}

const LIST_EXPIRED = operatorSql<OwnedTuple>(`SELECT ${COLUMNS_OF_S}, p.id FROM subscriptions AS s
  JOIN projects AS p ON p.number = s.project AND p.deleted_at IS NULL
  WHERE s.expires_at IS NOT NULL AND s.${IS_LIVE} AND s.expires_at <= ? ORDER BY p.id, s.id LIMIT ? + 0`);

export function listExpired(
  db: Database,
  ...[now, limit]: Parameters<SubscriptionStore["listExpired"]>
): Subscription[] {
  return db.all(LIST_EXPIRED, now, limit).map((tuple) => subscriptionOf(tuple[20], tuple));
}

const FORGET = operatorSql(`DELETE FROM subscriptions WHERE rowid IN (SELECT rowid FROM subscriptions
  WHERE state IN ('ended', 'deleted') AND updated_at < ? LIMIT ? + 0)`);

export function forgetSubscriptions(
  db: Database,
  ...[changedBefore, limit]: Parameters<SubscriptionStore["forgetSubscriptions"]>
): number {
  return db.run(FORGET, changedBefore, limit);
}
