import type { DeliveryStore, LaneStore } from "./delivery-store.ts";
import type { EventStore, FeedStore } from "./event-store.ts";
import type { CredentialStore, JobStore, ProjectStore } from "./project-store.ts";
import type { RateStore } from "./rate-store.ts";
import type { OwnerStore, SubscriptionStore } from "./subscription-store.ts";

/**
 * The port that every storage stands behind. What it leaves out shapes it: no server clock (`now` is a parameter), no joins across nouns, no transaction over
 * more than one event's plan, no counters. Expected outcomes are values. An adapter turns what its driver throws into a `TriggersError`:
 * `storage_unavailable` when it may work again, `storage_full` when room is missing; nothing of the call is stored then, or (a lost answer) all of it may be.
 * Every operation of a request names its project; those marked Operator are for the push loop, sweeps and the operator.
 */
export interface Store
  extends EventStore,
    FeedStore,
    DeliveryStore,
    LaneStore,
    SubscriptionStore,
    OwnerStore,
    JobStore,
    ProjectStore,
    CredentialStore,
    RateStore {
  /** Name for people: `memory`, `sqlite`, …. */
  readonly kind: string;
  /** After a change of a filter or a new subscription, so long until every node matches by it. 0: at once. */
  readonly matchDelayMs: number;
  /** The feed shows an event so long after its time of acceptance; until then only `listEvents` and the reads by id do. 0: at once. */
  readonly feedDelayMs: number;
  /** `recordEvents` takes events with an order to seal them, off the thread that serves; else they come sealed. */
  readonly sealsEvents: boolean;
  /** Writes take effect in the order in which this process asks for them: a lease asked for right after `recordEvents` finds what that has stored. */
  readonly writesInOrder: boolean;
  /** The store's own time less this node's, in ms; 0 where they are one. */
  clockOffsetMs(wallMs: () => number): Promise<number>;
  /** Resolves if a read and, as far as can be seen without one, a write would work; rejects with a `TriggersError`. */
  checkHealth(): Promise<void>;
  /** Waits for what is under way, then frees everything it holds. */
  close(): Promise<void>;
}
