import type { WebhookSecret } from "./webhook-secret.ts";

/** What the body of a push is: the whole event, its payload alone, or a structured CloudEvent. */
export const WEBHOOK_FORMATS = ["event", "payload", "cloudevents"] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

export const WEBHOOK_LIMITS = {
  timeoutSeconds: 60,
  maxInFlight: 1_000,
  ratePerSecond: 10_000,
  overlapHours: 24 * 30,
} as const;

export const WEBHOOK_DEFAULTS = { format: "event", timeoutSeconds: 15, maxInFlight: 10 } as const;

/** Where and how a subscription is pushed. */
export interface WebhookSettings {
  readonly url: string;
  readonly format: WebhookFormat;
  /** Sent with every request; the values are never answered. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** Null: as fast as the endpoint answers. */
  readonly ratePerSecond: number | null;
  readonly maxInFlight: number;
  /** The newest first; the ones before it sign along until they end. */
  readonly secrets: readonly WebhookSecret[];
}
