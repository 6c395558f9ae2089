import type { Latency } from "../summary.ts";
import type { RequestHead } from "../wire/request-head.ts";

/** What the bodies of the requests are. */
export type BodyPlan =
  /** The same one each time. */
  | { readonly kind: "fixed"; readonly text: string }
  /** Numbered events, of `types` types in turn; see `typeOf`. */
  | { readonly kind: "events"; readonly prefix: string; readonly types: number };

/** When it ends. */
export type Until = { readonly seconds: number } | { readonly requests: number };

/** Load of one kind on one server. */
export interface LoadPlan extends RequestHead {
  readonly body: BodyPlan;
  readonly connections: number;
  readonly until: Until;
  /** Open loop: so many requests a second, whether the answers come or not. Null: closed loop, each connection sends when it was answered. */
  readonly perSecond: number | null;
  /** The status of every answer; others are failures. */
  readonly status: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** From the time a request was due, so that waiting for a free connection counts. */
  readonly latency: Latency;
  readonly failures: number;
  readonly firstFailure: string | null;
  /** On the machine's monotonic clock; null if the generator does not tell. */
  readonly firstSentMs: number | null;
  /** Processor time of the generator over the time it ran. */
  readonly generatorCores: number;
}
