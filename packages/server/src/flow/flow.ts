import type { Credential, Scope } from "../domain/credential.ts";
import type { Delivery } from "../domain/delivery.ts";
import type { FilterExplanation } from "../domain/filter/explain-filter.ts";
import type { FilterableEvent } from "../domain/filter/filterable-event.ts";
import type { DeliveryKey } from "../domain/ids.ts";
import type { Job } from "../domain/job.ts";
import type { Project } from "../domain/project.ts";
import type { Subscription } from "../domain/subscription.ts";
import type { DeliveryListRequest, DeliveryView } from "../store/delivery-store.ts";
import type { EventTypeRow } from "../store/event-store.ts";
import type { AcceptOutcome, NewEvent } from "./new-event.ts";
import type {
  AttemptView,
  Counted,
  CreatedWebhook,
  DeliveryPage,
  EventExplanation,
  EventFilter,
  EventPage,
  EventQuery,
  EventView,
  IssuedKey,
  LeasedDelivery,
  LeaseWish,
  NewInbox,
  NewKey,
  NewWebhook,
  RedriveWish,
  ReplayWish,
  SecretRotation,
  SettleAnswer,
  SettleWish,
  StreamItem,
  SubscriptionChange,
  SubscriptionStats,
  SubscriptionView,
  WaitingPage,
} from "./views.ts";

/**
 * What the product does, as the entrances call it. Refusals are `TriggersError`s. A project's object that is not there and one of another project
 * are refused alike (`not_found`).
 */
export interface Flow {
  /** Stores events, each whole or not at all, and answers when all of them are durable. Outcomes stand in the order of the events. */
  acceptEvents(projectId: string, events: readonly NewEvent[]): Promise<readonly AcceptOutcome[]>;
  /** True while the accept queue has no room: refuse (`overloaded`) before reading a body. */
  isFull(): boolean;

  readEvent(projectId: string, eventId: string, withStatus: boolean): Promise<EventView>;
  listEvents(projectId: string, query: EventQuery): Promise<EventPage>;
  deleteEvent(projectId: string, eventId: string): Promise<void>;
  /** Live tail from a position (`null`: from now on). Refused with `position_expired` before the first item. Heartbeats come each 15 s. Ends when `signal` is aborted. */
  streamEvents(
    projectId: string,
    filter: EventFilter,
    from: { readonly position: string | null; readonly signal: AbortSignal },
  ): AsyncIterable<StreamItem>;
  listEventTypes(projectId: string): Promise<readonly EventTypeRow[]>;
  listEventDeliveries(
    projectId: string,
    eventId: string,
    page: { readonly after: DeliveryKey | null; readonly limit: number },
  ): Promise<{ readonly views: readonly DeliveryView[]; readonly after: DeliveryKey | null }>;

  /** The inbox of this id or name. */
  findInbox(projectId: string, idOrName: string): Promise<Subscription>;
  leaseInbox(inbox: Subscription, wish: LeaseWish): Promise<readonly LeasedDelivery[]>;
  listWaiting(
    inbox: Subscription,
    query: EventFilter & {
      readonly position: string | null;
      readonly limit: number;
      readonly maxBytes: number;
    },
  ): Promise<WaitingPage>;
  /** Outcomes stand in the order of the wishes. */
  settleDeliveries(projectId: string, wishes: readonly SettleWish[]): Promise<readonly SettleAnswer[]>;
  /** Acknowledges the event's open deliveries in an inbox that nobody holds. */
  acknowledgeEvent(inbox: Subscription, eventId: string): Promise<"acknowledged" | "already_acknowledged">;

  createInbox(projectId: string, wish: NewInbox): Promise<SubscriptionView>;
  createWebhook(projectId: string, wish: NewWebhook): Promise<CreatedWebhook>;
  readSubscription(projectId: string, id: string): Promise<SubscriptionView>;
  /** The one that has this name and has neither ended nor been deleted; null: none. */
  findSubscription(projectId: string, name: string): Promise<SubscriptionView | null>;
  listSubscriptions(
    projectId: string,
    page: { readonly label: string | null; readonly afterId: string | null; readonly limit: number },
  ): Promise<readonly SubscriptionView[]>;
  changeSubscription(projectId: string, id: string, change: SubscriptionChange): Promise<SubscriptionView>;
  pauseSubscription(projectId: string, id: string): Promise<SubscriptionView>;
  resumeSubscription(projectId: string, id: string): Promise<SubscriptionView>;
  deleteSubscription(projectId: string, id: string): Promise<void>;
  /** The newest secret of a webhook. */
  readSecret(projectId: string, id: string): Promise<string>;
  rotateSecret(
    projectId: string,
    id: string,
    rotation: SecretRotation,
  ): Promise<{ readonly view: SubscriptionView; readonly secret: string }>;
  readStats(projectId: string, id: string): Promise<SubscriptionStats>;

  listDeliveries(request: Omit<DeliveryListRequest, "now">): Promise<DeliveryPage>;
  readDelivery(
    projectId: string,
    key: DeliveryKey,
  ): Promise<{ readonly view: DeliveryView; readonly attempts: readonly AttemptView[] }>;
  redriveDelivery(projectId: string, key: DeliveryKey): Promise<Delivery>;
  cancelDelivery(
    projectId: string,
    wish: { readonly key: DeliveryKey; readonly reason: string | null },
  ): Promise<Delivery>;
  startRedrive(projectId: string, wish: RedriveWish): Promise<Job>;
  /** Counted up to 100,000; `more`: there are more. */
  countRedrive(projectId: string, wish: RedriveWish): Promise<Counted>;

  /** Delivers one event anew: to the subscription named, or to all that match today. */
  replayEvent(
    projectId: string,
    wish: { readonly eventId: string; readonly subscriptionId: string | null },
  ): Promise<Job>;
  startReplay(projectId: string, wish: ReplayWish): Promise<Job>;
  countReplay(projectId: string, wish: ReplayWish): Promise<Counted>;
  readJob(projectId: string, id: string): Promise<Job>;
  cancelJob(projectId: string, id: string): Promise<Job>;

  /** Why each subscription of today, but the main inbox, takes the event or does not. */
  explainEvent(projectId: string, eventId: string): Promise<readonly EventExplanation[]>;
  testFilter(filter: unknown, event: FilterableEvent): FilterExplanation;
  testFilterOn(
    projectId: string,
    wish: { readonly filter: unknown; readonly eventId: string },
  ): Promise<FilterExplanation>;
  testFilterOnLast(
    projectId: string,
    wish: { readonly filter: unknown; readonly last: number },
  ): Promise<readonly { readonly eventId: string; readonly explanation: FilterExplanation }[]>;

  /** The live credential of a token, or null. Known from memory for up to 2 s; a revocation on this node holds at once. */
  findCredential(token: string): Credential | null | Promise<Credential | null>;
  createKey(projectId: string, granter: readonly Scope[], wish: NewKey): Promise<IssuedKey>;
  listKeys(
    projectId: string,
    page: { readonly afterId: string | null; readonly limit: number },
  ): Promise<readonly Credential[]>;
  revokeKey(projectId: string, id: string): Promise<void>;
  /** A new key in place of this one, which goes on working for `overlapHours`. */
  rotateKey(
    projectId: string,
    granter: readonly Scope[],
    wish: { readonly id: string; readonly overlapHours: number },
  ): Promise<IssuedKey>;

  readProject(projectId: string): Promise<Project>;
  createProject(name: string): Promise<{ readonly project: Project; readonly token: string }>;
  renameProject(projectId: string, name: string): Promise<Project>;
  deleteProject(projectId: string): Promise<void>;

  /** Keyed checksum of a project, for cursors. */
  checksum(projectId: string, text: string): Promise<string>;
  /** Rejects with `storage_unavailable` while the store does not answer. */
  checkHealth(): Promise<void>;
}
