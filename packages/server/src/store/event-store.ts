import type { StoredEvent } from "../domain/event.ts";
import type { SealOrder } from "./seal-order.ts";

/** One delivery of a plan. */
export interface PlannedDelivery {
  readonly subscriptionId: string;
  /** The event's `ordering_key` makes a lane in this subscription. */
  readonly ordered: boolean;
  /** With `on_dead: park`. */
  readonly parks: boolean;
}

/** An idempotency key as the store sees it. */
export interface IdempotencyRow {
  /** Plain keys and CloudEvents identities never meet. */
  readonly kind: "key" | "cloudevent";
  /** Blind index of the key. */
  readonly keyIndex: string;
  /** HMAC over envelope and payload. */
  readonly fingerprint: string;
  readonly expiresAt: number;
}

/** An event with everything that is committed with it. */
export interface EventRecord {
  readonly event: StoredEvent;
  /** How the store seals `event.sealed` before it is written (`sealsEvents`); null: it is sealed. */
  readonly sealOrder: SealOrder | null;
  /** When its deliveries may first go out. */
  readonly dueAt: number;
  /** All deliveries of the event. */
  readonly plan: readonly PlannedDelivery[];
  /** True: store the plan beside the event, to be expanded by `expandPlan`; false: store delivery rows. */
  readonly isWide: boolean;
  readonly idempotency: IdempotencyRow | null;
}

export type RecordOutcome =
  /** `isPlanned`: its deliveries are still to be made by `expandPlan`. */
  | { readonly outcome: "created"; readonly isPlanned: boolean }
  /** The same key and fingerprint before, or earlier in this call: that first event's id. */
  | { readonly outcome: "replayed"; readonly eventId: string }
  | { readonly outcome: "key_reused" }
  /** The project is gone. */
  | { readonly outcome: "no_project" };

/** Deliveries to add for an event that is stored already. */
export interface PlanRef {
  readonly projectId: string;
  readonly eventId: string;
}

export type ExpandOutcome =
  /** `subscriptionIds` got a delivery in this step; `isComplete` when nothing of the plan is left. */
  | {
      readonly outcome: "expanded";
      readonly subscriptionIds: readonly string[];
      readonly isComplete: boolean;
    }
  /** An earlier event of the same ordering key goes first. */
  | { readonly outcome: "behind"; readonly eventId: string }
  | { readonly outcome: "no_plan" };

export interface EventListRequest {
  readonly projectId: string;
  readonly now: number;
  /** Newest first, ids below this one. */
  readonly beforeId: string | null;
  /** Ids from this one on. */
  readonly fromId: string | null;
  readonly subjectIndex: string | null;
  readonly limit: number;
}

export interface ExpireRequest {
  readonly projectId: string;
  readonly now: number;
  /** Events accepted before this with neither open nor dead deliveries, and no unexpanded plan, are removed. */
  readonly settledBefore: number;
  /** Open deliveries of events accepted before this go dead (`expired`). */
  readonly backlogBefore: number;
  /** Events accepted before this are removed with everything they have. */
  readonly goneBefore: number;
  /** Look at events above this id. */
  readonly afterId: string | null;
  /** At most so many events are looked at. */
  readonly limit: number;
}

export interface ExpireOutcome {
  readonly removed: number;
  /** Deliveries that went dead, by subscription. */
  readonly expired: readonly { readonly subscriptionId: string; readonly eventId: string }[];
  /** Where to go on; null when every event older than the youngest of the three times was looked at. */
  readonly nextId: string | null;
}

export interface EventTypeRow {
  readonly type: string;
  readonly lastSeenAt: number;
}

/** Events. */
export interface EventStore {
  /**
   * Stores each record whole or not at all: event, delivery rows or plan, idempotency row, place in its ordering key. Resolves only when all of it is
   * durable; the outcomes stand in the order of the records, and one record's outcome never depends on another's failing. Within the call and against
   * all others, of equal idempotency keys the first wins and the others are its replays. An event with an ordering key takes the
   * next position of (project, key); a reader that sees position n sees n−1. While that key has an unexpanded plan, the event is planned too.
   * Deliveries and plan entries keep the order of `plan`. The stored event's `isPlanned` is what the outcome says. A record's own time is the one its id
   * carries: an idempotency row whose `expiresAt` is not after it counts as absent. Rejects (`storage_*`) with nothing stored of any record that is not durable.
   */
  recordEvents(records: readonly EventRecord[]): Promise<readonly RecordOutcome[]>;
  /** The events of these ids that are there and not past their last date, in the order asked. */
  readEvents(projectId: string, ids: readonly string[], now: number): Promise<readonly StoredEvent[]>;
  /** Newest first. An event's place is its id. */
  listEvents(request: EventListRequest): Promise<readonly StoredEvent[]>;
  /**
   * Removes the event: from the answer on, reads and settles do not find it. Its deliveries, attempts, lane places and plan follow within 60 s. The idempotency
   * row stays. An event past its last date is `not_found`.
   */
  deleteEvent(projectId: string, eventId: string, now: number): Promise<"deleted" | "not_found">;
  /**
   * Makes up to `limit` deliveries of a plan, in its order: insert if absent, subscriptions that ended (`stateAt(now)`) or were deleted are passed over,
   * nothing once the event is gone, events of one ordering key in the order of their positions.
   */
  expandPlan(request: PlanRef & { readonly limit: number; readonly now: number }): Promise<ExpandOutcome>;
  /** How many entries of an event's plan have no delivery yet; 0 also where there is no plan. */
  countPlan(projectId: string, eventId: string): Promise<number>;
  /** Operator: plans of any project, oldest first. */
  listPlans(limit: number): Promise<readonly PlanRef[]>;
  /** Operator: one small step of retention, oldest events first; deliveries go before their event. */
  expireEvents(request: ExpireRequest): Promise<ExpireOutcome>;
  /**
   * Operator: forgets idempotency rows past their time and ordering keys unused since `keysUnusedSince` that have no unexpanded plan, at most `limit` of each; gives how
   * many. A forgotten key starts again at its first position, so `keysUnusedSince` lies before every delivery that is kept.
   */
  expireKeys(request: {
    readonly now: number;
    readonly keysUnusedSince: number;
    readonly limit: number;
  }): Promise<number>;
  /** Notes when types were last seen; a later time wins. */
  touchEventTypes(projectId: string, types: readonly EventTypeRow[]): Promise<void>;
  /** By name. */
  listEventTypes(projectId: string): Promise<readonly EventTypeRow[]>;
}

/** A place in a project's feed, as its store writes it. Opaque above the store. */
export type FeedPosition = string;

export interface FeedItem {
  readonly position: FeedPosition;
  readonly event: StoredEvent;
}

export type FeedPage =
  | {
      readonly outcome: "page";
      readonly items: readonly FeedItem[];
      /** Go on from here: behind the last item, or where reading stopped. */
      readonly end: FeedPosition;
      /** True: an event that was committed when this was called may still come behind `end`, also where the page is not full. Absent: false. */
      readonly isHeldUp?: boolean;
    }
  /** Retention (`expireEvents`, not `deleteEvent`) has removed events that a reader at this position has not seen. Never for `null`, nor for a fresh `seekFeed`. */
  | { readonly outcome: "expired" }
  /** No position that this store wrote. */
  | { readonly outcome: "malformed" };

/** Every committed event of a project in a resumable order given by the store. */
export interface FeedStore {
  /**
   * The next events after a position (`null`: from the oldest kept). Promise: no gap; an event committed later never appears behind a position that was answered before.
   * An event may repeat. Deleted events leave no trace.
   */
  readFeed(request: {
    readonly projectId: string;
    readonly after: FeedPosition | null;
    readonly subjectIndex: string | null;
    readonly limit: number;
    readonly now: number;
    /** What is only being committed when this is called is waited for a moment; if that is not enough, the page is held up. */
    readonly withUnderWay?: true;
  }): Promise<FeedPage>;
  /** A position behind which every event accepted from `at` on is found (some earlier ones may be too); `null`: the end, behind the last committed event. */
  seekFeed(projectId: string, at: number | null): Promise<FeedPosition>;
}
