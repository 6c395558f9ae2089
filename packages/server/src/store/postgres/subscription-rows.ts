import type { Subscription } from "../../domain/subscription.ts";
import { idValue } from "./rows.ts";
import type { Session, Value } from "./session.ts";
import { PROJECT, sql } from "./sql.ts";

/** All columns but `project` and `id`. */
const PLAIN_NAMES = [
  ...["name", "channel", "matches", "ordered", "on_dead", "max_attempts", "labels", "state", "state_reason"],
  ...["identity", "endpoint_shard", "effective_at", "catch_up_to", "failing_since", "expires_at"],
  ...["created_at", "updated_at", "version", "sealed"],
];
export const PLAIN_COLUMNS = PLAIN_NAMES.join(", ");
/** Of `subscriptions` under the name `s`. */
export const SUBSCRIPTION_COLUMNS = ["id", ...PLAIN_NAMES].map((name) => `s.${name}`).join(", ");

/** Of a subscription `s` that has neither ended nor been deleted. */
export const IS_LIVE = "s.state NOT IN ('ended', 'deleted')";

export type SubscriptionTuple = readonly [
  id: string,
  name: string | null,
  channel: Subscription["channel"],
  matches: Subscription["matches"],
  ordered: boolean,
  onDead: Subscription["onDead"],
  maxAttempts: number,
  labels: readonly string[],
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
    ...{ projectId, id, name, channel, matches, ordered, onDead, maxAttempts, labels, state, stateReason },
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
    ...[name, channel, matches, ordered, onDead, maxAttempts, labels, state, stateReason, identity],
    ...[endpointShard, effectiveAt, catchUpTo, failingSince, expiresAt],
    ...[subscription.createdAt, subscription.updatedAt, subscription.version, subscription.sealed],
  ];
}

/** The places of `PLAIN_COLUMNS` in a statement, from `$first` on. */
export function valuePlaces(first: number): string {
  return PLAIN_NAMES.map((_, index) => `$${first + index}`).join(", ");
}

const READ = sql<SubscriptionTuple>(
  `SELECT ${SUBSCRIPTION_COLUMNS} FROM subscriptions AS s WHERE s.project = ${PROJECT} AND s.id = $2`,
);

export async function findSubscription(
  db: Session,
  projectId: string,
  id: string,
): Promise<Subscription | null> {
  const tuple = await db.get(READ, projectId, idValue(id));
  return tuple === undefined ? null : subscriptionOf(projectId, tuple);
}
