import type { Delivery } from "../domain/delivery.ts";
import { effectiveDelivery, type SubscriptionFate } from "../domain/effective-state.ts";
import { stateAt } from "../domain/subscription.ts";
import type { Store } from "../store/store.ts";

/** Gives deliveries as they read: after the end or delete of their subscription, see `effectiveDelivery`. */
export async function readAsEffective(
  store: Pick<Store, "readSubscription">,
  deliveries: readonly Delivery[],
  now: number,
): Promise<readonly Delivery[]> {
  const fates = new Map<string, SubscriptionFate | null>();
  for (const { projectId, subscriptionId } of deliveries) {
    if (fates.has(subscriptionId)) continue;
    const subscription = await store.readSubscription(projectId, subscriptionId);
    const state = subscription === null ? null : stateAt(subscription, now);
    fates.set(
      subscriptionId,
      state === null ? null : { state, reason: subscription?.stateReason ?? "expired" },
    );
  }
  return deliveries.map((delivery) =>
    effectiveDelivery(delivery, fates.get(delivery.subscriptionId) ?? null),
  );
}
