import type { LeasedDelivery } from "../json/event.ts";

/** A delivery that is held. */
export interface Work {
  readonly delivery: LeasedDelivery;
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
}

export function makeWork(delivery: LeasedDelivery): Work {
  const controller = new AbortController();
  return { delivery, signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
