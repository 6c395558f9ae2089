import type { Subscription } from "../domain/subscription.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import type { Sealer } from "../seal/sealer.ts";
import { requireSeal } from "./require-seal.ts";

/** What is sealed of a subscription. */
export interface SubscriptionContent {
  /** The filter as it was sent; null: everything. */
  readonly filter: unknown;
  /** Null for an inbox. */
  readonly webhook: WebhookSettings | null;
  /** Null: the default schedule, or an inbox. */
  readonly scheduleSeconds: readonly number[] | null;
  /** Where it was asked to start; a time in ms. */
  readonly startFrom: "now" | "earliest" | number;
}

export function packSubscription(content: SubscriptionContent): Uint8Array {
  return Buffer.from(JSON.stringify(content), "utf8");
}

/** The sealed content of a subscription. The main inbox has none. */
export async function openSubscription(
  sealer: Sealer,
  { projectId, id, sealed }: Subscription,
): Promise<SubscriptionContent> {
  if (sealed.byteLength === 0)
    return { filter: null, webhook: null, scheduleSeconds: null, startFrom: "now" };
  const seal = await requireSeal(sealer, projectId);
  return JSON.parse((await seal.open(id, "subscription", sealed)).toString("utf8")) as SubscriptionContent;
}
