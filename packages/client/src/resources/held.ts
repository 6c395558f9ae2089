import type * as wire from "../generated/types.gen.ts";

/** A delivery that one holds: what `lease` gave, or only these two of it. */
export type Held = Readonly<Pick<wire.LeasedDelivery, "delivery_id" | "lease_token">>;
export type HeldToRelease = Held & { readonly delay_seconds?: number; readonly reason?: string | null };
export type HeldToBury = Held & { readonly reason?: string | null };
export type HeldToExtend = Held & { readonly lease_seconds: number };

export type AckResult = wire.AckResults["results"][number];
export type ReleaseResult = wire.ReleaseResults["results"][number];
export type BuryResult = wire.BuryResults["results"][number];
export type ExtendResult = wire.ExtendResults["results"][number];

export type LeaseWish = Readonly<wire.LeaseInput> & {
  /** Id or name of the inbox. Default: `main`. */
  readonly inbox?: string;
};
