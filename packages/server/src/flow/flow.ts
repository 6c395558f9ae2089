import type { Credential, Scope } from "../domain/credential.ts";
import type { Delivery } from "../domain/delivery.ts";
import type { EventContent, StoredEvent } from "../domain/event.ts";
import type { DeliveryKey } from "../domain/ids.ts";
import type { OnDead } from "../domain/lane.ts";
import type { Project } from "../domain/project.ts";
import type { EventStatus } from "../domain/status.ts";
import type { MainMatches, Subscription } from "../domain/subscription.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import type { DeliveryView } from "../store/delivery-store.ts";
import type { EventTypeRow } from "../store/event-store.ts";
import type { AcceptOutcome, NewEvent } from "./new-event.ts";
import type { SubscriptionContent } from "./subscription-content.ts";

/** An event with its content opened. `status` is null when it was not asked for or is not computed (lists, for an event accepted with a plan). */
export interface EventView {
  readonly event: StoredEvent;
  readonly content: EventContent;
  readonly status: EventStatus | null;
}

/** Which events. Times are ms; `type` ends in `*` for a prefix. */
export interface EventFilter {
  readonly type: string | null;
  readonly source: string | null;
  readonly tag: string | null;
  readonly subject: string | null;
  readonly after: number | null;
  readonly before: number | null;
}

export interface EventQuery extends EventFilter {
  readonly order: "newest" | "oldest";
  readonly status: EventStatus | null;
  readonly withStatus: boolean;
  /** As answered in `nextPosition`. */
  readonly position: string | null;
  readonly limit: number;
  /** Stop before the answer's events exceed this; one is always given. */
  readonly maxBytes: number;
}

export interface EventPage {
  readonly views: readonly EventView[];
  readonly nextPosition: string | null;
}

/** What a live tail gives: events with their feed positions, and a word now and then while there are none. */
export type StreamItem =
  | { readonly kind: "event"; readonly position: string; readonly view: EventView }
  | { readonly kind: "heartbeat" };

export interface LeaseWish {
  readonly limit: number;
  readonly leaseSeconds: number;
  readonly waitSeconds: number;
  readonly maxBytes: number;
  /** Aborted when the caller is gone: what was leased for them is given back. */
  readonly signal: AbortSignal;
}

/** A delivery handed out. `delivery.leaseToken` and `delivery.dueAt` (end of the lease) are set. */
export interface LeasedDelivery {
  readonly delivery: Delivery;
  readonly view: EventView;
}

export interface WaitingPage {
  readonly items: readonly { readonly delivery: Delivery; readonly view: EventView }[];
  readonly nextPosition: string | null;
}

export type SettleWish = DeliveryKey & { readonly token: string } & (
    | { readonly kind: "acknowledge" }
    | { readonly kind: "release"; readonly delaySeconds: number; readonly reason: string | null }
    | { readonly kind: "bury"; readonly reason: string | null }
    | { readonly kind: "extend"; readonly leaseSeconds: number }
  );

export type SettleAnswer =
  | { readonly outcome: "settled"; readonly leaseExpiresAt: number }
  | { readonly outcome: "already_acknowledged" | "lease_lost" | "not_found" };

/** A subscription with its content opened. */
export interface SubscriptionView extends SubscriptionContent {
  readonly subscription: Subscription;
}

/** Where a subscription starts: with what is accepted from now on, with the oldest event kept, or at a time in ms. */
export type StartFrom = "now" | "earliest" | number;

interface NewSubscription {
  readonly filter: unknown;
  readonly ordered: boolean;
  readonly onDead: OnDead;
  readonly maxAttempts: number;
  readonly labels: readonly string[];
  readonly expiresAt: number | null;
  readonly startFrom: StartFrom;
}

export interface NewInbox extends NewSubscription {
  readonly name: string;
}

export interface NewWebhook extends NewSubscription {
  readonly name: string | null;
  readonly webhook: Omit<WebhookSettings, "secrets">;
  readonly scheduleSeconds: readonly number[] | null;
  /** Null: one is made. */
  readonly secret: string | null;
}

/** A webhook made or found. `secret` is null for one that was there. */
export interface CreatedWebhook {
  readonly view: SubscriptionView;
  readonly secret: string | null;
}

/** Only what is present is changed. `matches` is for the main inbox. */
export interface SubscriptionChange {
  readonly name?: string;
  readonly filter?: unknown;
  readonly matches?: MainMatches;
  readonly maxAttempts?: number;
  readonly labels?: readonly string[];
  readonly expiresAt?: number | null;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | null;
}

/** A key shown once. */
export interface IssuedKey {
  readonly credential: Credential;
  readonly token: string;
}

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
  readSubscription(projectId: string, id: string): Promise<SubscriptionView>;
  listSubscriptions(
    projectId: string,
    page: { readonly afterId: string | null; readonly limit: number },
  ): Promise<readonly SubscriptionView[]>;
  changeSubscription(projectId: string, id: string, change: SubscriptionChange): Promise<SubscriptionView>;
  pauseSubscription(projectId: string, id: string): Promise<SubscriptionView>;
  resumeSubscription(projectId: string, id: string): Promise<SubscriptionView>;
  deleteSubscription(projectId: string, id: string): Promise<void>;

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
