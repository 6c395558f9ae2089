import type { Credential, Scope } from "../domain/credential.ts";
import type { Delivery } from "../domain/delivery.ts";
import type { EventContent, StoredEvent } from "../domain/event.ts";
import type { FilterExplanation } from "../domain/filter/explain-filter.ts";
import type { DeliveryKey } from "../domain/ids.ts";
import type { OnDead } from "../domain/lane.ts";
import type { EventStatus } from "../domain/status.ts";
import type { MainMatches, Subscription } from "../domain/subscription.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import type { SignatureVersion } from "../domain/webhook-secret.ts";
import type { AttemptRow, DeliveryCount, DeliveryView } from "../store/delivery-store.ts";
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

/** What a live tail gives: events with their feed positions; where it begins; and where it stands now and then while there are none. */
export type StreamItem =
  | { readonly kind: "event"; readonly position: string; readonly view: EventView }
  | { readonly kind: "heartbeat"; readonly position: string };

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
  /** What one that is made signs by; `v1` if not said. */
  readonly signature?: SignatureVersion;
}

/** How a secret is replaced. */
export interface SecretRotation {
  /** How long the one before signs along. */
  readonly overlapHours: number;
  /** What the new one signs by; null: the same as the one before. */
  readonly signature: SignatureVersion | null;
}

/** A webhook made or found. `secret` is null for one that was there. */
export interface CreatedWebhook {
  readonly view: SubscriptionView;
  readonly secret: string | null;
}

/** Only what is present is changed. `matches` is for the main inbox, `webhook` and `scheduleSeconds` for a webhook. */
export interface SubscriptionChange {
  readonly webhook?: Partial<Omit<WebhookSettings, "secrets">>;
  readonly scheduleSeconds?: readonly number[] | null;
  readonly name?: string | null;
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

/** Why a subscription of today takes an event, or does not. */
export interface EventExplanation {
  readonly subscriptionId: string;
  readonly name: string | null;
  readonly explanation: FilterExplanation;
}

/** How many deliveries of a subscription stand where, counted to 10,000. */
export interface SubscriptionStats {
  readonly pending: DeliveryCount;
  readonly leased: DeliveryCount;
  readonly dead: DeliveryCount;
  /** Ms since the epoch; null: nothing waits. */
  readonly nextDueAt: number | null;
  readonly failingSince: number | null;
}

/** A hand-over over HTTP, its answer's first bytes opened. */
export interface AttemptView extends Omit<AttemptRow, "sealedExcerpt"> {
  readonly number: number;
  readonly excerpt: Uint8Array | null;
}

export interface DeliveryPage {
  readonly views: readonly DeliveryView[];
  readonly after: DeliveryKey | null;
}

/** Which dead letters are tried again. Times of creation in ms; null: any. */
export interface RedriveWish {
  readonly subscriptionId: string | null;
  readonly after: number | null;
  readonly before: number | null;
  readonly reason: string | null;
}

/** Which events are delivered anew, and to whom. Times are ms; null: no bound, no filter, all that match today. */
export interface ReplayWish {
  readonly filter: unknown;
  readonly after: number | null;
  readonly before: number | null;
  readonly subscriptionId: string | null;
  readonly ratePerSecond: number | null;
}

/** What is counted up to a limit. `more`: there are more. */
export interface Counted {
  readonly count: number;
  readonly more: boolean;
}

/** A sample that was sent to a webhook. Texts, as far as bytes are text. */
export interface TestSending {
  readonly request: {
    readonly url: string;
    /** The values of the subscription's own headers are masked. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly response: {
    readonly statusCode: number | null;
    readonly errorCode: string | null;
    readonly durationMs: number;
    readonly excerpt: string;
  };
}
