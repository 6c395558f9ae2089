import type { Event, LeasedDelivery } from "../json/event.ts";

/** What is done with a delivery instead of acknowledging it. */
export interface Release {
  readonly outcome: "release";
  /** Before it is handed out again, up to 43,200. Default: as after an error. */
  readonly delay_seconds?: number;
  /** For people. */
  readonly reason?: string;
}

export interface Bury {
  readonly outcome: "bury";
  readonly reason?: string;
}

/** How an event is handed over. */
export interface HandOver {
  readonly delivery_id: string;
  /** Hand-overs so far, this one included. */
  readonly attempt: number;
  /** Aborted when the work is no longer wanted: the lease was lost, or the time to stop is over. */
  readonly signal: AbortSignal;
}

/** Works on an event. To return is to acknowledge it, to throw is to release it. */
export type Handler = (
  event: Event,
  handOver: HandOver,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler may return nothing
) => Promise<Release | Bury | void> | Release | Bury | void;

/** What became of the deliveries that were taken. */
export interface Tally {
  readonly acknowledged: number;
  /** To come again. */
  readonly released: number;
  readonly buried: number;
  /** Somebody else has them: their lease ended before they were settled. They were handed over twice. */
  readonly lost: number;
  /** The server could not be told; they come again when their lease ends. */
  readonly unsettled: number;
}

export interface ConsumeOptions {
  /** Id or name of the inbox. Default: `main`. */
  readonly inbox?: string;
  /** Handlers at work at once, 1 to 1,000. Default: 10. */
  readonly concurrency?: number;
  /** Leases are extended each third of it. Default: 60. */
  readonly lease_seconds?: number;
  /** How long a failed delivery waits, by the number of its hand-overs. Default: 5 s, then twice as long each time, 1 h at most. */
  readonly retryDelaySeconds?: (attempt: number) => number;
  /** Told of everything that a handler threw, and of every request that failed; with the delivery, if it is about one. */
  readonly onError?: (error: unknown, delivery: LeasedDelivery | null) => void;
  /** Stops, see `Watcher.stop`. */
  readonly signal?: AbortSignal;
  /** For handlers at work when it is stopped; after it their deliveries are released. Default: 30,000. */
  readonly stopTimeoutMs?: number;
}

export interface WatchOptions extends ConsumeOptions {
  /** How long one request waits for events. Default: 20. */
  readonly wait_seconds?: number;
}

export interface Watcher {
  /** Resolves when it has stopped and everything is settled; rejects if the server refuses to go on. */
  readonly done: Promise<Tally>;
  /**
   * Takes nothing more. Handlers at work are awaited up to `stopTimeoutMs`, then their `signal` is aborted and their deliveries are released; what was taken and not
   * begun is released at once. Telling the server takes up to the client's `timeoutMs` more if it is away. What the server hands over in the very moment in which a waiting request is given up comes again when its lease ends. Resolves like
   * `done`.
   */
  stop(): Promise<Tally>;
}
