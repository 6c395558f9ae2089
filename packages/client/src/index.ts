export { BatchError, type BatchItemResult, type BatchResult } from "./batch/batch-result.ts";
export type { BatchOptions } from "./batch/send-batch.ts";
export type { RequestOptions, TriggersOptions } from "./connection/read-options.ts";
export {
  type ClientErrorCode,
  type ErrorCode,
  type FieldFault,
  TriggersError,
} from "./connection/triggers-error.ts";
export type {
  Bury,
  ConsumeOptions,
  Handler,
  HandOver,
  Release,
  Tally,
  Watcher,
  WatchOptions,
} from "./consume/consume-options.ts";
export type { LeaseOptions } from "./consume/consumer-calls.ts";
export type {
  AcknowledgedEvent,
  Attempt,
  CreatedSubscription,
  Delivery,
  DeliveryWithAttempts,
  DryRun,
  EventExplanation,
  EventTypes,
  FilterJudgement,
  IssuedKey,
  Job,
  Key,
  KeyInput,
  Me,
  NamedSubscriptionInput,
  NewProject,
  Project,
  ReplayInput,
  Subscription,
  SubscriptionChange,
  SubscriptionInput,
  SubscriptionStats,
  SubscriptionWithSecret,
  TestSending,
} from "./generated/types.gen.ts";
export {
  type Event,
  type EventWithStatus,
  type LeasedDelivery,
  parseEvent,
  type WaitingDelivery,
} from "./json/event.ts";
export type { NewBatchEvent, NewEvent } from "./json/write-event.ts";
export type { DeadLetters, DeliveryQuery } from "./resources/deliveries.ts";
export type { EventQuery, Payload, SendOptions, SentEvent } from "./resources/events.ts";
export type { Filter, FilterSample } from "./resources/filters.ts";
export type {
  AckResult,
  BuryResult,
  ExtendResult,
  Held,
  HeldToBury,
  HeldToExtend,
  HeldToRelease,
  LeaseWish,
  ReleaseResult,
} from "./resources/held.ts";
export type { InboxQuery } from "./resources/inbox.ts";
export type { WaitOptions } from "./resources/jobs.ts";
export type { List, Page, PageQuery } from "./resources/list-pages.ts";
export type { SubscriptionQuery } from "./resources/subscriptions.ts";
export type { StreamedEvent, StreamOptions } from "./stream/follow-events.ts";
export { Triggers } from "./triggers.ts";
export {
  type VerifiedWebhook,
  type VerifyOptions,
  verifyWebhook,
  type WebhookHeaders,
} from "./webhook/verify-webhook.ts";
