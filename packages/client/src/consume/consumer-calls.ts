import type { RequestOptions } from "../connection/read-options.ts";
import type { LeasedDelivery } from "../json/event.ts";
import type {
  AckResult,
  BuryResult,
  ExtendResult,
  Held,
  HeldToBury,
  HeldToExtend,
  HeldToRelease,
  LeaseWish,
  ReleaseResult,
} from "../resources/held.ts";

export interface LeaseOptions extends RequestOptions {
  /** An abort no longer counts once the answer has begun to arrive, so that what was leased is known. */
  readonly keepsAnswer?: boolean;
}

/** The calls that a consumer makes. */
export interface ConsumerCalls {
  lease(wish: LeaseWish, options: LeaseOptions): Promise<LeasedDelivery[]>;
  ack(deliveries: readonly Held[]): Promise<AckResult[]>;
  release(deliveries: readonly HeldToRelease[]): Promise<ReleaseResult[]>;
  bury(deliveries: readonly HeldToBury[]): Promise<BuryResult[]>;
  extend(deliveries: readonly HeldToExtend[], options: RequestOptions): Promise<ExtendResult[]>;
}
