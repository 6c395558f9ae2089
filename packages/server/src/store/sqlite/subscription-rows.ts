import { uuidText } from "../../domain/ids.ts";
import { type Subscription, stateAt } from "../../domain/subscription.ts";
import type { Database, Value } from "./open-database.ts";
import { sql } from "./sql.ts";

/** All columns but `project` and `id`. */
export const PLAIN_COLUMNS = `name, channel, matches, ordered, on_dead, max_attempts, labels, state, state_reason, identity,
  endpoint_shard, effective_at, catch_up_to, failing_since, expires_at, created_at, updated_at, version, sealed`;
export const SUBSCRIPTION_COLUMNS = `id, ${PLAIN_COLUMNS}`;

export type SubscriptionTuple = readonly [
  id: Uint8Array,
  name: string | null,
  channel: Subscription["channel"],
  matches: Subscription["matches"],
  ordered: number,
  onDead: Subscription["onDead"],
  maxAttempts: number,
  labels: string,
  state: Subscription["state"],
  stateReason: string | null,
  identity: string,
  endpointShard: number | null,
  effectiveAt: number,
  catchUpTo: number | null,
  failingSince: number | null,
  expiresAt: number | null,
  createdAt: number,
  updatedAt: number,
  version: number,
  sealed: Uint8Array,
];

export function subscriptionOf(
  projectId: string,
  tuple: readonly [...SubscriptionTuple, ...unknown[]],
): Subscription {
  const [id, name, channel, matches, ordered, onDead, maxAttempts, labels, state, stateReason] = tuple;
  return {
    projectId,
    id: uuidText(id),
    name,
    channel,
    matches,
    ordered: ordered === 1,
    onDead,
    maxAttempts,
    labels: JSON.parse(labels) as string[],
    state,
    stateReason,
    identity: tuple[10],
    endpointShard: tuple[11],
    effectiveAt: tuple[12],
    catchUpTo: tuple[13],
    failingSince: tuple[14],
    expiresAt: tuple[15],
    createdAt: tuple[16],
    updatedAt: tuple[17],
    version: tuple[18],
    sealed: tuple[19],
  };
}

/** The values of `PLAIN_COLUMNS`. */
export function subscriptionValues(subscription: Subscription): Value[] {
  const { name, channel, matches, ordered, onDead, maxAttempts, labels, state, stateReason } = subscription;
  const { identity, endpointShard, effectiveAt, catchUpTo, failingSince, expiresAt } = subscription;
  return [
    ...[name, channel, matches, ordered ? 1 : 0, onDead, maxAttempts, JSON.stringify(labels), state],
    ...[stateReason, identity, endpointShard, effectiveAt, catchUpTo, failingSince, expiresAt],
    ...[subscription.createdAt, subscription.updatedAt, subscription.version, subscription.sealed],
  ];
}

const READ = sql<SubscriptionTuple>(
  `SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions WHERE project = ? AND id = ?`,
);

export function findSubscription(
  db: Database,
  project: { readonly id: string; readonly number: number },
  id: Uint8Array,
): Subscription | null {
  const tuple = db.get(READ, project.number, id);
  return tuple === undefined ? null : subscriptionOf(project.id, tuple);
}

/** True while a subscription has neither ended nor been deleted. */
export function takesDeliveries(
  db: Database,
  project: { readonly id: string; readonly number: number },
  { subscription, now }: { readonly subscription: Uint8Array; readonly now: number },
): boolean {
  const found = findSubscription(db, project, subscription);
  if (found === null) return false;
  const state = stateAt(found, now);
  return state !== "ended" && state !== "deleted";
}
