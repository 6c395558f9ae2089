import { deliveryId } from "../domain/ids.ts";
import type { AttemptView } from "../flow/views.ts";
import type { DeliveryView } from "../store/delivery-store.ts";
import { countFitting } from "./count-fitting.ts";
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

/** Attempts as they are answered, first to last; the newest ones where an answer has no room for all. */
export function renderAttempts(attempts: readonly AttemptView[]) {
  const newestFirst = attempts.map(renderAttempt).reverse();
  return newestFirst.slice(0, countFitting(newestFirst)).reverse();
}

function renderAttempt({ number, startedAt, durationMs, statusCode, errorCode, excerpt }: AttemptView) {
  return {
    number,
    started_at: formatTime(startedAt),
    duration_ms: durationMs,
    status_code: statusCode,
    error_code: errorCode,
    response_excerpt: excerpt === null ? null : Buffer.from(excerpt).toString("utf8"),
  };
}
