import type { SubscriptionView } from "../flow/flow.ts";
import { formatTime } from "./time.ts";

/** A subscription as it is answered: what was sent, and what became of it. */
export function renderSubscription({ subscription, filter }: SubscriptionView) {
  const { id, name, channel, matches, maxAttempts, ordered, onDead, labels, state } = subscription;
  return {
    id,
    name,
    channel,
    ...(matches === null ? {} : { matches }),
    filter,
    retry: { max_attempts: maxAttempts },
    ordered,
    on_dead: onDead,
    labels,
    start_from: "now",
    expires_at: subscription.expiresAt === null ? null : formatTime(subscription.expiresAt),
    state,
    state_reason: subscription.stateReason,
    catching_up: subscription.catchUpTo !== null,
    effective_at: formatTime(subscription.effectiveAt),
    created_at: formatTime(subscription.createdAt),
    updated_at: formatTime(subscription.updatedAt),
  };
}
