import { matchAlike, matchesEvents, type Subscription } from "../../domain/subscription.ts";
import type { CreateSubscriptionOutcome, MatchSet, SubscriptionStore } from "../subscription-store.ts";
import { createSubscriptions, holdProject, raiseVersion } from "./create-subscriptions.ts";
import { LIFE, noteLife } from "./feed-epochs.ts";
import { gatherCalls } from "./gather-calls.ts";
import { holdAttempts } from "./hold-attempts.ts";
import type { Database } from "./open-database.ts";
import { idValue, LOWEST_ID, SHELF, stateNumber } from "./rows.ts";
import type { Session, Transaction } from "./session.ts";
import { operatorSql, PROJECT, sql } from "./sql.ts";
import {
  findSubscription,
  IS_LIVE,
  PLAIN_COLUMNS,
  SUBSCRIPTION_COLUMNS,
  type SubscriptionTuple,
  subscriptionOf,
  subscriptionValues,
  valuePlaces,
} from "./subscription-rows.ts";

export function readSubscription(
  db: Session,
  ...[projectId, id]: Parameters<SubscriptionStore["readSubscription"]>
): Promise<Subscription | null> {
  return findSubscription(db, projectId, id);
}

const READ_BY_NAME = sql<SubscriptionTuple>(`SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions AS s
  WHERE s.project = ${PROJECT} AND s.name = $2 AND ${IS_LIVE}`);
const READ_BY_IDENTITY = sql<SubscriptionTuple>(`SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions AS s
  WHERE s.project = ${PROJECT} AND s.identity = $2 AND ${IS_LIVE}`);

export async function readSubscriptionByName(
  db: Session,
  ...[projectId, name]: Parameters<SubscriptionStore["readSubscriptionByName"]>
): Promise<Subscription | null> {
  const tuple = await db.get(READ_BY_NAME, projectId, name);
  return tuple === undefined ? null : subscriptionOf(projectId, tuple);
}

type CreateOne = (projectId: string, subscription: Subscription) => Promise<CreateSubscriptionOutcome>;
const creating = new WeakMap<Database, CreateOne>();

export function createSubscription(
  db: Database,
  subscription: Subscription,
): Promise<CreateSubscriptionOutcome> {
  const create: CreateOne =
    creating.get(db) ?? gatherCalls((projectId, wanted) => createSubscriptions(db, projectId, wanted));
  creating.set(db, create);
  return create(subscription.projectId, subscription);
}

const UPDATE = sql(`UPDATE subscriptions SET (${PLAIN_COLUMNS}) = (${valuePlaces(3)})
  WHERE project = ${PROJECT} AND id = $2`);
/** Leases that are out have no attempt left by the number that holds now. First they are found by one index, then locked in the order of another. */
const MARK_LAST = sql(`WITH leased AS MATERIALIZED (SELECT d.event, d.cause FROM deliveries_open AS d
    WHERE d.project = ${PROJECT} AND d.subscription = $2 AND d.shelf = ${SHELF.leased}),
  held AS (SELECT d.event, d.cause FROM leased JOIN deliveries_open AS d ON d.project = ${PROJECT}
    AND d.event = leased.event AND d.subscription = $2 AND d.cause = leased.cause
    ORDER BY d.event, d.cause FOR NO KEY UPDATE OF d)
  UPDATE deliveries_open AS d SET is_last = d.attempt - d.attempt_base >= $3 FROM held WHERE d.project = ${PROJECT}
  AND d.event = held.event AND d.subscription = $2 AND d.cause = held.cause AND d.state = ${stateNumber("leased")}`);

export function changeSubscription(
  db: Database,
  subscription: Subscription,
): ReturnType<SubscriptionStore["changeSubscription"]> {
  const { projectId, id, version, maxAttempts } = subscription;
  return db.transact(async (tx) => {
    // Sent together: the row is read when the hold is given.
    const [, known] = await Promise.all([holdProject(tx, projectId), findSubscription(tx, projectId, id)]);
    if (known === null) return "not_found";
    if (known.version !== version - 1) return "conflict";
    const refusal = matchesEvents(subscription.state) ? await refusalOf(tx, subscription) : null;
    if (refusal !== null) return refusal;
    if (maxAttempts !== known.maxAttempts) holdAttempts(tx, subscription);
    tx.send(UPDATE, projectId, id, ...subscriptionValues(subscription));
    if (!matchAlike(known, subscription)) raiseVersion(tx, projectId);
    if (maxAttempts !== known.maxAttempts) tx.send(MARK_LAST, projectId, id, maxAttempts);
    return "changed";
  });
}

/** Another one has its name or identity. */
async function refusalOf(
  tx: Transaction,
  { projectId, id, name, identity }: Subscription,
): Promise<"name_taken" | "conflict" | null> {
  const isOther = (tuple: SubscriptionTuple | undefined) => tuple !== undefined && tuple[0] !== id;
  if (name !== null && isOther(await tx.get(READ_BY_NAME, projectId, name))) return "name_taken";
  return isOther(await tx.get(READ_BY_IDENTITY, projectId, identity)) ? "conflict" : null;
}

const LIST = sql<SubscriptionTuple>(`SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions AS s
  WHERE s.project = ${PROJECT} AND s.id > $2 AND s.state <> 'deleted' AND ($3::text IS NULL OR $3 = ANY (s.labels))
  ORDER BY s.id LIMIT $4`);

export async function listSubscriptions(
  db: Session,
  { projectId, label, afterId, limit }: Parameters<SubscriptionStore["listSubscriptions"]>[0],
): Promise<Subscription[]> {
  const tuples = await db.all(LIST, projectId, idValue(afterId ?? LOWEST_ID), label, limit);
  return tuples.map((tuple) => subscriptionOf(projectId, tuple));
}

const READ_VERSION = sql<readonly [version: number, life: string]>(
  `SELECT match_version, ${LIFE} FROM projects WHERE id = $1 AND deleted_at IS NULL`,
);
const READ_LIVE = sql<SubscriptionTuple>(
  `SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions AS s WHERE s.project = ${PROJECT} AND ${IS_LIVE}`,
);

/** The rows may be newer than the version, which is read first: then the next reading reads them again. */
export async function readMatchSet(
  db: Database,
  ...[projectId, knownVersion]: Parameters<SubscriptionStore["readMatchSet"]>
): Promise<MatchSet> {
  const [version = 0, life] = (await db.get(READ_VERSION, projectId)) ?? [];
  if (life !== undefined) noteLife(db, projectId, life);
  if (version === knownVersion) return { version, subscriptions: null };
  const tuples = await db.all(READ_LIVE, projectId);
  return { version, subscriptions: tuples.map((tuple) => subscriptionOf(projectId, tuple)) };
}

type OwnedTuple = readonly [...SubscriptionTuple, projectId: string];

const LIST_BY_SHARDS = operatorSql<OwnedTuple>(`SELECT ${SUBSCRIPTION_COLUMNS}, p.id FROM projects AS p
  JOIN subscriptions AS s ON s.project = p.number
  WHERE p.deleted_at IS NULL AND s.endpoint_shard IS NOT NULL AND ${IS_LIVE}
  AND s.endpoint_shard = ANY ($1::smallint[]) AND p.id >= $2 AND (p.id > $2 OR s.id > $3)
  ORDER BY p.id, s.id LIMIT $4`);

export async function listByShards(
  db: Session,
  { shards, after, limit }: Parameters<SubscriptionStore["listByShards"]>[0],
): Promise<Subscription[]> {
  const tuples = await db.all(
    LIST_BY_SHARDS,
    ...[shards, after?.projectId ?? "", idValue(after?.id ?? LOWEST_ID), limit],
  );
  return tuples.map((tuple) => subscriptionOf(tuple[20], tuple));
}

const LIST_EXPIRED = operatorSql<OwnedTuple>(`WITH expired AS MATERIALIZED (SELECT s.* FROM subscriptions AS s
    WHERE s.expires_at IS NOT NULL AND ${IS_LIVE} AND s.expires_at <= $1)
  SELECT ${SUBSCRIPTION_COLUMNS}, p.id FROM expired AS s JOIN projects AS p ON p.number = s.project
  WHERE p.deleted_at IS NULL ORDER BY p.id, s.id LIMIT $2`);

export async function listExpired(
  db: Session,
  ...[now, limit]: Parameters<SubscriptionStore["listExpired"]>
): Promise<Subscription[]> {
  const tuples = await db.all(LIST_EXPIRED, now, limit);
  return tuples.map((tuple) => subscriptionOf(tuple[20], tuple));
}

const FORGET = operatorSql(`DELETE FROM subscriptions WHERE (project, id) IN (SELECT s.project, s.id
  FROM subscriptions AS s WHERE s.state IN ('ended', 'deleted') AND s.updated_at < $1
  ORDER BY s.updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)`);

export function forgetSubscriptions(
  db: Session,
  ...[changedBefore, limit]: Parameters<SubscriptionStore["forgetSubscriptions"]>
): Promise<number> {
  return db.run(FORGET, changedBefore, limit);
}
