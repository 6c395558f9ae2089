import type { z } from "zod";
import { DEFAULT_SCHEDULE_SECONDS } from "../domain/retry-schedule.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import type { NewInbox, NewWebhook } from "../flow/views.ts";
import type { namedSubscriptionInput, subscriptionInput } from "./schemas/subscription.ts";
import type { webhookChange, webhookInput } from "./schemas/webhook.ts";

type Sent = z.output<typeof subscriptionInput> | z.output<typeof namedSubscriptionInput>;
type SentInbox = Extract<Sent, { channel: "inbox" }>;
type SentWebhook = Extract<Sent, { channel: "webhook" }>;

/** What was sent, as the flow makes an inbox of it. */
export function inboxWish(sent: SentInbox, name: string): NewInbox {
  return { ...commonWish(sent), name, maxAttempts: sent.retry.max_attempts };
}

/** What was sent, as the flow makes a webhook of it. */
export function webhookWish(sent: SentWebhook, name: string | null): NewWebhook {
  return {
    ...commonWish(sent),
    name,
    webhook: webhookSettings(sent.webhook),
    maxAttempts: maxAttemptsOf(sent.retry),
    scheduleSeconds: scheduleOf(sent.retry.schedule_seconds),
    secret: sent.secret ?? null,
    signature: sent.signature ?? "v1",
  };
}

/** Without a word about it, a delivery is tried as often as the schedule has steps. */
export function maxAttemptsOf({ max_attempts, schedule_seconds }: SentWebhook["retry"]): number {
  return max_attempts ?? schedule_seconds?.length ?? DEFAULT_SCHEDULE_SECONDS.length;
}

/** Null where it is the default, written out or not: the two are the same schedule. */
export function scheduleOf(seconds: readonly number[] | null): readonly number[] | null {
  const isDefault = seconds === null || seconds.join() === DEFAULT_SCHEDULE_SECONDS.join();
  return isDefault ? null : seconds;
}

export function webhookSettings(sent: z.output<typeof webhookInput>): Omit<WebhookSettings, "secrets"> {
  return {
    url: sent.url,
    format: sent.format,
    headers: sent.headers,
    timeoutSeconds: sent.timeout_seconds,
    ratePerSecond: sent.rate_per_second,
    maxInFlight: sent.max_in_flight,
  };
}

/** The settings that a change names. */
export function changedSettings(
  sent: z.output<typeof webhookChange>,
): Partial<Omit<WebhookSettings, "secrets">> {
  const { url, format, headers, timeout_seconds, rate_per_second, max_in_flight } = sent;
  return {
    ...(url === undefined ? {} : { url }),
    ...(format === undefined ? {} : { format }),
    ...(headers === undefined ? {} : { headers }),
    ...(timeout_seconds === undefined ? {} : { timeoutSeconds: timeout_seconds }),
    ...(rate_per_second === undefined ? {} : { ratePerSecond: rate_per_second }),
    ...(max_in_flight === undefined ? {} : { maxInFlight: max_in_flight }),
  };
}

function commonWish(sent: Sent) {
  return {
    filter: sent.filter,
    ordered: sent.ordered ?? false,
    onDead: sent.on_dead ?? "park",
    labels: sent.labels,
    expiresAt: sent.expires_at,
    startFrom: sent.start_from,
  } as const;
}
