import type { OnDead } from "./lane.ts";

export const CHANNELS = ["inbox", "webhook"] as const;
export type Channel = (typeof CHANNELS)[number];

/** What the main inbox takes: events that match no other subscription, all events, or none. */
export const MAIN_MATCHES = ["unmatched", "all", "none"] as const;
export type MainMatches = (typeof MAIN_MATCHES)[number];

/**
 * `paused` (by its owner) and `disabled` (by us) go on matching and collecting; `ended` matches nothing and its open deliveries are dead;
 * `deleted` is remembered for 30 days so that a second DELETE is answered like the first.
 */
export const SUBSCRIPTION_STATES = ["active", "paused", "disabled", "ended", "deleted"] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** The inbox that every project has. */
export const MAIN_INBOX = "main";

/** How often an inbox hands out one delivery before it is dead, unless the subscription says otherwise. */
export const PULL_MAX_ATTEMPTS = 10;

/** Each has at most one owner. Webhook endpoints are hashed by target URL into all but the last. */
export const ENDPOINT_SHARDS = 256;
/** No endpoint lies in the last one: it stays free for a loop that comes when all others are owned. */
export const SPARE_SHARD = ENDPOINT_SHARDS - 1;

export const SUBSCRIPTION_LIMITS = {
  perProject: 10_000,
  nameLength: 128,
  labels: 16,
  labelLength: 128,
  maxAttempts: 100,
} as const;

/** A standing wish for events, as the store keeps it. Times are ms since the epoch. */
export interface Subscription {
  readonly projectId: string;
  readonly id: string;
  readonly name: string | null;
  readonly channel: Channel;
  /** Set for the main inbox alone. */
  readonly matches: MainMatches | null;
  readonly ordered: boolean;
  readonly onDead: OnDead;
  readonly maxAttempts: number;
  readonly labels: readonly string[];
  readonly state: SubscriptionState;
  readonly stateReason: string | null;
  /** Blind index over what makes two subscriptions the same one: an inbox's name; a webhook's URL, filter and format. */
  readonly identity: string;
  /** Shard of the target URL, 0–254; null for an inbox. */
  readonly endpointShard: number | null;
  /** Filter, and for a webhook URL, headers, secrets, format, pace and schedule: JSON, sealed. */
  readonly sealed: Uint8Array;
  /** From this time on every node matches by the present filter. */
  readonly effectiveAt: number;
  /** While a back-fill runs: events accepted later than this wait if the subscription is ordered. */
  readonly catchUpTo: number | null;
  /** Since when a webhook has had failures and no success; null: it works, or was not tried yet. */
  readonly failingSince: number | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Rises with every change; a change is made against the version that was read. */
  readonly version: number;
}

/** The state at `now`: a subscription past its `expiresAt` has ended, whether or not anybody has written it down yet. */
export function stateAt(subscription: Subscription, now: number): SubscriptionState {
  const { state, expiresAt } = subscription;
  const isOver = state !== "deleted" && expiresAt !== null && expiresAt <= now;
  return isOver ? "ended" : state;
}

/** True while new events are matched against it. */
export function matchesEvents(state: SubscriptionState): boolean {
  return state === "active" || state === "paused" || state === "disabled";
}

/** True if both match the same events and give them the same deliveries; what else differs concerns deliveries that are made already. */
export function matchAlike(one: Subscription, other: Subscription): boolean {
  return (
    matchesEvents(one.state) === matchesEvents(other.state) &&
    one.matches === other.matches &&
    one.expiresAt === other.expiresAt &&
    areEqual(one.sealed, other.sealed)
  );
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && one.every((byte, index) => byte === other[index]);
}
