import type { Subscription } from "../domain/subscription.ts";
import type { Sealer } from "../seal/sealer.ts";
import { requireSeal } from "./require-seal.ts";

/** What is sealed of a subscription. */
export interface SubscriptionContent {
  /** The filter as it was sent; null: everything. */
  readonly filter: unknown;
}

export function packSubscription(content: SubscriptionContent): Uint8Array {
  return Buffer.from(JSON.stringify(content), "utf8");
}

/** The sealed content of a subscription. The main inbox has none. */
export async function openSubscription(
  sealer: Sealer,
  { projectId, id, sealed }: Subscription,
): Promise<SubscriptionContent> {
  if (sealed.byteLength === 0) return { filter: null };
  const seal = await requireSeal(sealer, projectId);
  return unpackSubscription(await seal.open(id, "subscription", sealed));
}

function unpackSubscription(plain: Uint8Array): SubscriptionContent {
  return JSON.parse(Buffer.from(plain).toString("utf8")) as SubscriptionContent;
}
