import type { Priority } from "./priority.ts";

/** Limits of an event's envelope. Lengths count code points, sizes bytes. */
export const EVENT_LIMITS = {
  typeLength: 256,
  sourceLength: 256,
  subjectLength: 256,
  orderingKeyLength: 256,
  tags: 32,
  tagLength: 64,
  metadataBytes: 16 * 1024,
  idempotencyKeyLength: 255,
  deliverAheadMs: 30 * 86_400_000,
  batchItems: 1_000,
} as const;

/** `type`: dotted parts of `[A-Za-z0-9_-]`. */
export const EVENT_TYPE = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** The trace an event was posted under (W3C Trace Context). */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate: string | null;
}

/** What is stored of an event in the clear, and its sealed content. Times are ms since the epoch. */
export interface StoredEvent {
  readonly projectId: string;
  /** UUIDv7; carries the time of acceptance, see `timeOfId`. */
  readonly id: string;
  readonly type: string | null;
  readonly source: string | null;
  readonly tags: readonly string[];
  readonly priority: Priority;
  readonly occurredAt: number | null;
  /** Media type of the payload; `application/json` for now. */
  readonly contentType: string;
  /** Blind index of `subject`, for equality only. */
  readonly subjectIndex: string | null;
  /** Blind index of `ordering_key`. */
  readonly orderingKeyIndex: string | null;
  /** Payload, metadata, subject, ordering key, extensions and trace, sealed as one blob. */
  readonly sealed: Uint8Array;
  /** Size of the event as it is answered, or a little more. */
  readonly bytes: number;
  /** True when it was accepted with a plan: its deliveries may not all exist yet. */
  readonly isPlanned: boolean;
  /** The last date: from then on it reads as gone. */
  readonly expiresAt: number;
}

/** The content of an event that is sealed. `payload` and the two JSON texts are exact bytes as sent. */
export interface EventContent {
  readonly payload: Uint8Array;
  /** JSON object text: what was sent plus `tags` and `priority`. */
  readonly metadata: string;
  readonly subject: string | null;
  readonly orderingKey: string | null;
  /** JSON object text of CloudEvents attributes that have no field of ours. */
  readonly extensions: string | null;
  readonly trace: TraceContext | null;
}
