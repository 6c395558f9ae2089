import type { Credential } from "../domain/credential.ts";
import type { Delivery } from "../domain/delivery.ts";
import type { StoredEvent } from "../domain/event.ts";
import type { DeliveryKey } from "../domain/ids.ts";
import type { Job } from "../domain/job.ts";
import type { Project, WrappedKey } from "../domain/project.ts";
import type { Subscription } from "../domain/subscription.ts";
import type { AttemptRow } from "./delivery-store.ts";
import type { EventTypeRow, IdempotencyRow, PlannedDelivery } from "./event-store.ts";
import type { Store } from "./store.ts";

interface OfProject {
  readonly projectId: string;
}

/** The rows of each kind, as no store in particular keeps them. Places in a feed, owners and match versions belong to one store and are not among them. */
export interface CopiedRows {
  /** Values of the installation, such as the check value of the master key. */
  readonly settings: { readonly name: string; readonly value: Uint8Array };
  /** Not closed ones; of a closed project nothing is copied. */
  readonly projects: Project;
  readonly keys: OfProject & { readonly key: WrappedKey };
  readonly credentials: Credential;
  readonly subscriptions: Subscription;
  readonly event_types: OfProject & EventTypeRow;
  /** The last position that an ordering key gave. */
  readonly ordering_keys: OfProject & {
    readonly key: string;
    readonly position: number;
    readonly usedAt: number;
  };
  /** In the order of the feed. */
  readonly events: { readonly event: StoredEvent; readonly position: number | null };
  /** What of a plan is not expanded yet, in the order of its events. */
  readonly plans: OfProject & {
    readonly eventId: string;
    readonly orderingKeyIndex: string | null;
    readonly dueAt: number;
    readonly plan: readonly PlannedDelivery[];
  };
  readonly deliveries: Delivery;
  readonly attempts: OfProject & DeliveryKey & AttemptRow & { readonly number: number };
  readonly idempotency: OfProject & IdempotencyRow & { readonly eventId: string };
  readonly jobs: Job;
}

export type CopiedKind = keyof CopiedRows;

/** In the order in which they are written: what comes later names what came before. */
export const COPIED_KINDS = [
  "settings",
  "projects",
  "keys",
  "credentials",
  "subscriptions",
  "event_types",
  "ordering_keys",
  "events",
  "plans",
  "deliveries",
  "attempts",
  "idempotency",
  "jobs",
] as const satisfies readonly CopiedKind[];

/** What `triggers store check` found to be wrong: a sentence for the operator, without any content of events. */
export interface StoreFault {
  readonly kind: "integrity" | "orphan" | "lane" | "plan";
  readonly detail: string;
}

/** The whole of a store, for the operator's copy, backup and check. Names no project. */
export interface CopyStore {
  /** How many rows of a kind there are. */
  countRows(kind: CopiedKind): Promise<number>;
  /**
   * Rows of one kind in a fixed order, each once, after a place that an earlier call gave (`null`: from the first); `after` is null once nothing follows. What is
   * written meanwhile may be missing: whoever copies a whole store stops its servers first.
   */
  exportRows<Kind extends CopiedKind>(request: {
    readonly kind: Kind;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<{ readonly rows: readonly CopiedRows[Kind][]; readonly after: string | null }>;
  /**
   * Inserts what is absent and leaves what is there, so that a page may come again; durable before it is answered. Events come in the order of the feed. Lanes and
   * indexes follow from the rows.
   */
  importRows<Kind extends CopiedKind>(kind: Kind, rows: readonly CopiedRows[Kind][]): Promise<void>;
  /**
   * Looks for damage, up to `limit` faults: a broken file, rows whose event, subscription, delivery or project is gone, lanes whose head does not stand where a lease
   * finds it, ordering keys behind their own positions. Reads only.
   */
  findFaults(limit: number): Promise<readonly StoreFault[]>;
}

/** A store that an operator can copy, back up and check: each one that outlives its process. */
export interface CopyableStore extends Store, CopyStore {}

/** What an adapter writes for each operation; the rest is the store's as a whole. */
export type OperationName = Exclude<
  keyof CopyableStore,
  | "kind"
  | "matchDelayMs"
  | "feedDelayMs"
  | "sealsEvents"
  | "writesInOrder"
  | "clockOffsetMs"
  | "checkHealth"
  | "close"
>;
