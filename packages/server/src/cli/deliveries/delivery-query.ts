import type { Delivery, DeliveryQuery, Triggers } from "@triggers/client";
import { given } from "../arguments/given.ts";
import { idOf } from "../subscriptions/find-subscription.ts";

/** Which deliveries. */
export interface DeliveryFilters {
  /** Id or name. */
  readonly subscription?: string;
  readonly event?: string;
  readonly state?: Exclude<Delivery["state"], "blocked">;
  readonly since?: string;
  readonly before?: string;
}

export async function deliveryQuery(triggers: Triggers, filters: DeliveryFilters): Promise<DeliveryQuery> {
  const { event: event_id, state, since: after, before } = filters;
  return given({
    subscription_id: await idOf(triggers, filters.subscription),
    event_id,
    state,
    after,
    before,
  });
}
