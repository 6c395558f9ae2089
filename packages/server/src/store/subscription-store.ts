import type { Subscription } from "../domain/subscription.ts";

/** The subscriptions of a project that match events, as of one version. */
export interface MatchSet {
  readonly version: number;
  /** Active, paused and disabled ones; ended and deleted ones are left out. Null: nothing changed since the known version. */
  readonly subscriptions: readonly Subscription[] | null;
}

export type CreateSubscriptionOutcome =
  | { readonly outcome: "created" }
  /** One that has not ended has the same identity. */
  | { readonly outcome: "exists"; readonly subscription: Subscription }
  | { readonly outcome: "name_taken" }
  /** The project has as many as it may. */
  | { readonly outcome: "full" }
  | { readonly outcome: "no_project" };

export interface SubscriptionListRequest {
  readonly projectId: string;
  readonly label: string | null;
  readonly afterId: string | null;
  readonly limit: number;
}

/** Subscriptions. A new one, and a change after which a subscription does not `matchAlike`, raise the project's match version. */
export interface SubscriptionStore {
  /**
   * One conditional insert: names and identities are unique among those whose `state` is neither `ended` nor `deleted`; those alone count
   * for `full`. Identity is judged before name.
   */
  createSubscription(subscription: Subscription): Promise<CreateSubscriptionOutcome>;
  /** Also ended and deleted ones, until they are forgotten. Read strongly. */
  readSubscription(projectId: string, id: string): Promise<Subscription | null>;
  /** The one that has this name and has neither ended nor been deleted. */
  readSubscriptionByName(projectId: string, name: string): Promise<Subscription | null>;
  /** Not deleted ones, by id. */
  listSubscriptions(request: SubscriptionListRequest): Promise<readonly Subscription[]>;
  /**
   * Replaces the row if its version is still `subscription.version - 1`. One write: its effect on leases begins with its answer. `conflict`: another change
   * came first, or another one has this identity.
   */
  changeSubscription(
    subscription: Subscription,
  ): Promise<"changed" | "conflict" | "name_taken" | "not_found">;
  /** Read strongly. */
  readMatchSet(projectId: string, knownVersion: number | null): Promise<MatchSet>;
  /** Operator: webhook subscriptions of any project, neither `ended` nor `deleted`, whose endpoint lies in these shards, by (project, id). */
  listByShards(request: {
    readonly shards: readonly number[];
    readonly after: { readonly projectId: string; readonly id: string } | null;
    readonly limit: number;
  }): Promise<readonly Subscription[]>;
  /** Operator: those of any project that are past `expiresAt` and not yet written down as ended. */
  listExpired(now: number, limit: number): Promise<readonly Subscription[]>;
  /** Operator: forgets ended and deleted ones last changed before this time; gives how many. */
  forgetSubscriptions(changedBefore: number, limit: number): Promise<number>;
}

/** A shard of endpoints and the push loop that owns it. */
export interface OwnedShard {
  readonly shard: number;
  readonly fence: number;
  readonly until: number;
}

/** Owners of endpoint shards. Operator. */
export interface OwnerStore {
  /** Takes up to `want` of the 256 shards that are free or past their end, each with a new, higher fence. */
  claimShards(request: {
    readonly ownerId: string;
    readonly want: number;
    readonly now: number;
    readonly until: number;
  }): Promise<readonly OwnedShard[]>;
  /** Prolongs all shards that this owner still holds with these fences; gives those. A hold past its end is lost, also if nobody took it. */
  renewShards(request: {
    readonly ownerId: string;
    readonly shards: readonly OwnedShard[];
    readonly now: number;
    readonly until: number;
  }): Promise<readonly OwnedShard[]>;
  /** Frees shards at once. */
  releaseShards(request: { readonly ownerId: string; readonly shards: readonly OwnedShard[] }): Promise<void>;
  /** Who owns what at `now`. */
  listOwners(now: number): Promise<readonly (OwnedShard & { readonly ownerId: string })[]>;
}
