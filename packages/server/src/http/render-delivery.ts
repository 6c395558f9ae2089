import { deliveryId } from "../domain/ids.ts";
import type { DeliveryView } from "../store/delivery-store.ts";
import { formatTime } from "./time.ts";

/** A delivery as it is answered. */
export function renderDelivery({ delivery, isBlocked }: DeliveryView) {
  const { state, settledAt } = delivery;
  return {
    id: deliveryId(delivery),
    event_id: delivery.eventId,
    subscription_id: delivery.subscriptionId,
    cause: delivery.cause,
    state: state === "pending" && isBlocked ? "blocked" : state,
    state_reason: delivery.stateReason,
    attempt: delivery.attempt,
    due_at: formatTime(delivery.dueAt),
    created_at: formatTime(delivery.createdAt),
    settled_at: settledAt === null ? null : formatTime(settledAt),
  };
}
