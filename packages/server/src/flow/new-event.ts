import type { TraceContext } from "../domain/event.ts";
import type { Priority } from "../domain/priority.ts";

/** An event as it comes through an entrance: checked, every default filled in, its JSON texts still the bytes that were sent. */
export interface NewEvent {
  readonly type: string | null;
  readonly source: string | null;
  readonly subject: string | null;
  /** Ms since the epoch. */
  readonly occurredAt: number | null;
  readonly orderingKey: string | null;
  readonly tags: readonly string[];
  readonly priority: Priority;
  /** JSON object text: what was sent plus `tags` and `priority`. */
  readonly metadata: string;
  /** JSON object text, or null. */
  readonly extensions: string | null;
  readonly payload: Uint8Array;
  readonly contentType: string;
  /** Ms since the epoch; null: at once. */
  readonly deliverAt: number | null;
  readonly trace: TraceContext | null;
  readonly idempotency: { readonly kind: "key" | "cloudevent"; readonly key: string } | null;
}

export type AcceptOutcome =
  | { readonly outcome: "created" | "replayed"; readonly eventId: string; readonly timestamp: number }
  /** The idempotency key belongs to another body. */
  | { readonly outcome: "key_reused" };
