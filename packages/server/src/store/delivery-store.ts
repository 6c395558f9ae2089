import type { Delivery, DeliveryState } from "../domain/delivery.ts";
import type { DeliveryKey } from "../domain/ids.ts";

/** The hold of a push loop on a shard of endpoints, checked in each of its leases. */
export interface OwnerFence {
  readonly shard: number;
  readonly fence: number;
}

export interface LeaseRequest {
  readonly projectId: string;
  readonly subscriptionId: string;
  /** Push only. */
  readonly owner: OwnerFence | null;
  /** Random; each item gets a token of its own, `leaseToken(leaseId, n)`. */
  readonly leaseId: string;
  readonly now: number;
  /** End of the leases. */
  readonly until: number;
  readonly limit: number;
  /** So many of `limit` are taken from the lowest rank first. */
  readonly lowerFirst: number;
  /** Stop before the `bytes` of the items exceed this; one item is always given. */
  readonly maxBytes: number;
}

export type LeaseOutcome =
  | {
      readonly outcome: "leased";
      readonly deliveries: readonly Delivery[];
      /** Found with no attempt left, or poisonous, and therefore dead now. With some of these there may be fewer `deliveries` than wait. */
      readonly died: readonly Delivery[];
      /** With no delivery: when the next one is due, or the next lease that is out ends; null if none waits. */
      readonly nextDueAt: number | null;
    }
  /** `not_found`: also deleted. `not_owner`: `owner` is not the present hold of the subscription's own shard, or that is past its end. */
  | { readonly outcome: "not_found" | "paused" | "disabled" | "ended" | "not_owner" };

/** One HTTP request of a push, written with the settle that ends it. */
export interface AttemptRow {
  readonly startedAt: number;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly errorCode: string | null;
  /** First 4 KiB of the answer, sealed. */
  readonly sealedExcerpt: Uint8Array | null;
}

export type SettleVerb =
  | { readonly kind: "acknowledge" }
  /** Dead instead if no attempt is left of `maxAttempts`. */
  | {
      readonly kind: "release";
      readonly dueAt: number;
      readonly reason: string | null;
      readonly maxAttempts: number;
      readonly isLate: boolean;
    }
  | { readonly kind: "bury"; readonly reason: string | null }
  | { readonly kind: "extend"; readonly until: number };

export interface SettleRequest extends DeliveryKey {
  readonly token: string;
  readonly verb: SettleVerb;
  /** Push: the request that was made; it counts as an attempt. Written, under the number it is counted as, only if the settle changes the delivery. */
  readonly attempt: AttemptRow | null;
}

export type SettleOutcome =
  /** The row as it is now: acknowledged, pending again, dead, or leased for longer. */
  | { readonly outcome: "settled"; readonly delivery: Delivery }
  | { readonly outcome: "already_acknowledged" | "lease_lost" | "not_found" };

export interface DeliveryListRequest {
  readonly projectId: string;
  readonly subscriptionId: string | null;
  readonly eventId: string | null;
  /** `pending` includes blocked ones. */
  readonly state: DeliveryState | null;
  /** Created from (inclusive) and to (exclusive). */
  readonly createdFrom: number | null;
  readonly createdTo: number | null;
  /** Key of the last one seen. */
  readonly after: DeliveryKey | null;
  readonly limit: number;
  readonly now: number;
}

/** A delivery as it is shown. `isBlocked`: a lower position of its lane holds it back. */
export interface DeliveryView {
  readonly delivery: Delivery;
  readonly isBlocked: boolean;
}

export interface WaitingRequest {
  readonly projectId: string;
  readonly subscriptionId: string;
  readonly now: number;
  /** The last one seen. */
  readonly after: { readonly dueAt: number; readonly key: DeliveryKey } | null;
  readonly limit: number;
}

/** A delivery to add for a stored event: by a replay or a back-fill. */
export interface AddedDelivery extends DeliveryKey {
  readonly dueAt: number;
  readonly ordered: boolean;
  readonly parks: boolean;
  /** A back-fill keeps the event's own position, a replay takes a new one at the end of the key. */
  readonly takesNewPosition: boolean;
}

/** How many deliveries a subscription has in a state, counted to 10,000 and no further. */
export interface DeliveryCount {
  readonly count: number;
  readonly more: boolean;
}

/** Deliveries: the one state machine, driven by `domain/delivery.ts`. */
export interface DeliveryStore {
  /**
   * Hands out due deliveries of one subscription, each to one caller alone. The subscription's row is read in the same transaction (or strongly, first):
   * after a pause, end or delete was answered, no call that begins hands anything out. Every place of `limit` is filled from the lowest `rank` value first, but `lowerFirst`
   * of them from the highest; within a rank by `dueAt`. Those are spread among the places, so that `maxBytes` leaves room for both. Of a lane only the lowest open
   * position goes out, and only while nobody holds the lane. A lease past its end is taken over; attempts count for an inbox, up to the subscription's `maxAttempts`.
   * With `catchUpTo` set and `ordered`, events accepted later wait. A delivery whose event is gone, or that is past its last date, is dropped when a lease
   * meets it, and its lane goes on. Durable before it is answered.
   */
  leaseDeliveries(request: LeaseRequest): Promise<LeaseOutcome>;
  /**
   * Settles or extends leases, each item by itself, outcomes in the order sent. A token is valid until the delivery is leased again or settled, whatever the clock
   * says. `not_found`: no such delivery, or its event is gone. A settle moves its lane on in the same transaction. Attempts are written beside. Durable before it is answered.
   */
  settleDeliveries(request: {
    readonly projectId: string;
    readonly now: number;
    readonly settles: readonly SettleRequest[];
  }): Promise<readonly SettleOutcome[]>;
  /**
   * Acknowledges the open deliveries of an event in one subscription that nobody holds (also blocked ones, and those of a lease past its end). If there is none, says why, by the
   * first of these that is there: `held`, `already_acknowledged`, `dead`, `not_found` (none but cancelled ones, or the event is gone).
   */
  acknowledgeUnheld(request: {
    readonly projectId: string;
    readonly eventId: string;
    readonly subscriptionId: string;
    readonly now: number;
  }): Promise<"acknowledged" | "already_acknowledged" | "held" | "dead" | "not_found">;
  /** Cancels one pending or dead delivery and frees its lane. */
  cancelDelivery(request: {
    readonly projectId: string;
    readonly key: DeliveryKey;
    readonly reason: string | null;
    readonly now: number;
  }): Promise<
    | { readonly outcome: "cancelled"; readonly delivery: Delivery }
    | { readonly outcome: "refused" | "not_found" }
  >;
  /**
   * Makes one dead delivery pending again; `refused` also when its subscription has ended or was deleted. A parked head keeps its place; a skipped one
   * takes a new position at the end of its key.
   */
  redriveDelivery(request: {
    readonly projectId: string;
    readonly key: DeliveryKey;
    readonly now: number;
  }): Promise<
    | { readonly outcome: "redriven"; readonly delivery: Delivery }
    | { readonly outcome: "refused" | "not_found" }
  >;
  /** Inserts what is absent, of events that exist and subscriptions that have neither ended (`stateAt(now)`) nor been deleted; gives how many were new. */
  addDeliveries(request: {
    readonly projectId: string;
    readonly deliveries: readonly AddedDelivery[];
    readonly now: number;
  }): Promise<number>;
  /** One step of the end (`dead`) or delete (`cancelled`) of a subscription: settles up to `limit` open deliveries and frees their lanes; gives how many. */
  closeDeliveries(request: {
    readonly projectId: string;
    readonly subscriptionId: string;
    readonly command:
      | { readonly kind: "drop_subscription" }
      | { readonly kind: "give_up"; readonly reason: "expired" | "gone" };
    readonly limit: number;
    readonly now: number;
  }): Promise<number>;
  /** Operator: buries expired leases with no attempt left, of any project, at most `limit`; gives them. */
  exhaustDeliveries(request: { readonly now: number; readonly limit: number }): Promise<readonly Delivery[]>;
  /** Removes those of these deliveries whose event is gone, and frees their lanes. */
  dropDeliveries(projectId: string, keys: readonly DeliveryKey[], now: number): Promise<void>;
  /** The row as it stands, like all reads here: what the state of its subscription makes of it is the caller's to know, and without `now` its last date too. */
  readDelivery(projectId: string, key: DeliveryKey): Promise<DeliveryView | null>;
  /**
   * In the order of (event, subscription, cause), which is the order of acceptance; the order of causes is the store's own.
   * A page may end early (5,000 rows looked at): `after` is set unless nothing follows.
   */
  listDeliveries(
    request: DeliveryListRequest,
  ): Promise<{ readonly views: readonly DeliveryView[]; readonly after: DeliveryKey | null }>;
  /** All deliveries of these events, for their status. */
  readDeliveriesOfEvents(projectId: string, eventIds: readonly string[]): Promise<readonly Delivery[]>;
  /** What a lease would find: due, not held, not blocked; by `dueAt`, about. */
  listWaiting(request: WaitingRequest): Promise<readonly Delivery[]>;
  /** When each of these subscriptions has its next delivery due or the next lease that is out ends, whatever the subscription's state; null: none waits. Operator. */
  nextDueAt(
    subscriptions: readonly { readonly projectId: string; readonly subscriptionId: string }[],
  ): Promise<readonly (number | null)[]>;
  /** Counts one state of a subscription, up to 10,000. */
  countDeliveries(
    projectId: string,
    subscriptionId: string,
    state: "pending" | "leased" | "dead",
  ): Promise<DeliveryCount>;
  /** The attempts of a delivery, first to last. */
  readAttempts(
    projectId: string,
    key: DeliveryKey,
  ): Promise<readonly (AttemptRow & { readonly number: number })[]>;
}

/** A lane as its store keeps it, for checks and for people. */
export interface LaneRow {
  readonly key: string;
  /** Lowest position that holds the lane. */
  readonly head: number;
  /** When its head may go out; null: the head is dead and parks. */
  readonly dueAt: number | null;
  /** Token of the lease that is out. */
  readonly holder: string | null;
}

/** Lanes: the lines of one ordering key in one ordered subscription. Written by the operations of deliveries, in their transactions. */
export interface LaneStore {
  /** The lane of a key, or null while nothing of it is open or parked. */
  readLane(projectId: string, subscriptionId: string, key: string): Promise<LaneRow | null>;
  /** Lanes by key, after a key. */
  listLanes(request: {
    readonly projectId: string;
    readonly subscriptionId: string;
    readonly afterKey: string | null;
    readonly limit: number;
  }): Promise<readonly LaneRow[]>;
}
