import { type Delivery, isOpen } from "./delivery.ts";
import type { SubscriptionState } from "./subscription.ts";

/**
 * A delivery as it reads. The end or delete of a subscription is one write on its row: from then on its open deliveries read as dead or
 * cancelled, although a job writes their rows behind. `subscription` null: it is forgotten.
 */
export function effectiveDelivery(delivery: Delivery, subscription: SubscriptionFate | null): Delivery {
  if (!isOpen(delivery.state)) return delivery;
  if (subscription === null || subscription.state === "deleted") {
    return { ...delivery, state: "cancelled", stateReason: "subscription_deleted" };
  }
  return subscription.state === "ended"
    ? { ...delivery, state: "dead", stateReason: subscription.reason }
    : delivery;
}

/** State of a subscription at the time of reading, with the reason of its end. */
export interface SubscriptionFate {
  readonly state: SubscriptionState;
  readonly reason: string | null;
}
