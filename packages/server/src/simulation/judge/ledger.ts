import type { World } from "../world/world.ts";

/** One event as a producer sent it. */
export interface Post {
  readonly projectId: string;
  readonly type: string;
  readonly orderingKey: string | null;
  readonly idempotencyKey: string | null;
  readonly calledAt: number;
  /** When its 201 arrived; null: never, it may be stored or not. */
  answeredAt: number | null;
  eventId: string | null;
  deleteCalledAt: number | null;
}

/** A filter and the time from which, and up to which, it may decide. */
export interface FilterSpan {
  /** Null: everything. */
  readonly types: readonly string[] | null;
  readonly from: number;
  to: number;
  /** The change to it was answered: it has come about. */
  isSure: boolean;
}

/** A subscription as its owner knows it. */
export interface Wish {
  readonly id: string;
  readonly projectId: string;
  readonly channel: "inbox" | "webhook";
  readonly isMain: boolean;
  /** Of its endpoint; null for an inbox. */
  readonly url: string | null;
  readonly startFrom: "now" | "earliest";
  readonly filters: FilterSpan[];
  readonly createCalledAt: number;
  readonly createdAt: number;
  /** From when on it may be over: its delete was asked for, its endpoint said 410, its time is up. */
  overFrom: number;
  /** When the answer to its delete came. */
  deletedAt: number | null;
  /** Its pauses are in one hand; `lost`: a resume was never answered, and may come about at any time. */
  pausing: "no" | "yes" | "lost";
}

/** A replay that was accepted. */
export interface Replay {
  readonly jobId: string;
  readonly projectId: string;
  /** Null: whatever matches. */
  readonly subscriptionId: string | null;
  readonly eventId: string | null;
  readonly calledAt: number;
  readonly answeredAt: number;
}

/** What the world outside knows. */
export interface Ledger {
  readonly posts: Post[];
  readonly wishes: Map<string, Wish>;
  readonly replays: Replay[];
  /** Requests that were begun, by delivery name. */
  readonly requests: Map<string, number>;
  /** Deliveries whose endpoint has had them. */
  readonly arrived: Set<string>;
  /** Event ids that each reader of a feed has seen. */
  readonly readers: { readonly projectId: string; readonly seen: string[] }[];
  /** Faults that may each cost a push one request that is not counted. */
  troubles: number;
}

export function makeLedger(): Ledger {
  return {
    posts: [],
    wishes: new Map(),
    replays: [],
    requests: new Map(),
    arrived: new Set(),
    readers: [],
    troubles: 0,
  };
}

/** A 201 came: the event is there from now on, and the same for each post of its key. */
export function noteAnswer(world: World, post: Post, eventId: string): void {
  if (post.eventId !== null && post.eventId !== eventId)
    world.fail("one event per idempotency key", `${eventId} was answered for ${post.eventId}`);
  post.eventId = eventId;
  post.answeredAt ??= world.scheduler.now();
}
