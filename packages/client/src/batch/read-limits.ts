import type { Call } from "../connection/call.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import type { GetMeData, Me } from "../generated/types.gen.ts";
import type { BatchLimits } from "./split-batch.ts";

/** What every server takes: the least that any of its sizes allows, with room for what a proxy may add. */
const SAFE: BatchLimits = { items: 1_000, bytes: 4_000_000 };

/** The limits for so many bytes. */
export type ReadLimits = (bytes: number, options: RequestOptions) => Promise<BatchLimits>;

/** Asks the server once, when there is more to send than any server takes. */
export function makeReadLimits(call: Call): ReadLimits {
  let known: BatchLimits | null = null;
  return async (bytes, options) => {
    if (known !== null || bytes <= SAFE.bytes) return known ?? SAFE;
    try {
      const { limits } = await call.json<GetMeData, Me>({ method: "GET", url: "/v1/me", options });
      known = { items: SAFE.items, bytes: limits.batch_bytes };
      return known;
    } catch {
      // Whatever it is, the request with the events meets it too, or the safe limits do.
      options.signal?.throwIfAborted();
      return SAFE;
    }
  };
}
