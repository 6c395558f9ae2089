import { DEFAULT_SCHEDULE_SECONDS } from "../domain/retry-schedule.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import { publicKeyOf, versionOf } from "../domain/webhook-secret.ts";
import type { SubscriptionView } from "../flow/views.ts";
import { MASKED } from "./schemas/webhook.ts";
import { formatTime } from "./time.ts";

/** A subscription as it is answered: what was sent, and what became of it. Never its secret. */
export function renderSubscription({
  subscription,
  filter,
  webhook,
  scheduleSeconds,
  startFrom,
}: SubscriptionView) {
  const { id, name, channel, matches, maxAttempts, ordered, onDead, labels, state } = subscription;
  const schedule = webhook === null ? {} : { schedule_seconds: scheduleSeconds ?? DEFAULT_SCHEDULE_SECONDS };
  return {
    id,
    name,
    channel,
    ...(matches === null ? {} : { matches }),
    filter,
    ...(webhook === null ? {} : { webhook: renderWebhook(webhook) }),
    retry: { max_attempts: maxAttempts, ...schedule },
    ordered,
    on_dead: onDead,
    labels,
    start_from: typeof startFrom === "number" ? formatTime(startFrom) : startFrom,
    expires_at: subscription.expiresAt === null ? null : formatTime(subscription.expiresAt),
    state,
    state_reason: subscription.stateReason,
    catching_up: subscription.catchUpTo !== null,
    effective_at: formatTime(subscription.effectiveAt),
    created_at: formatTime(subscription.createdAt),
    updated_at: formatTime(subscription.updatedAt),
  };
}

/** A secret as it is shown, with what receivers verify by if that is something else. */
export function renderSecret(secret: string): { readonly secret: string; readonly public_key?: string } {
  return versionOf(secret) === "v1a" ? { secret, public_key: publicKeyOf(secret) } : { secret };
}

function renderWebhook({
  url,
  format,
  headers,
  timeoutSeconds,
  ratePerSecond,
  maxInFlight,
}: WebhookSettings) {
  return {
    url,
    format,
    headers: Object.fromEntries(Object.keys(headers).map((name) => [name, MASKED])),
    timeout_seconds: timeoutSeconds,
    rate_per_second: ratePerSecond,
    max_in_flight: maxInFlight,
  };
}
