import { sortKeys } from "../domain/sort-keys.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import type { ProjectSeal } from "../seal/project-seal.ts";
import type { SubscriptionView } from "./views.ts";

/** What makes two webhooks the same subscription: URL, filter and format. */
export function webhookIdentity(
  seal: ProjectSeal,
  filter: unknown,
  { url, format }: Pick<WebhookSettings, "url" | "format">,
): string {
  return seal.blindIndex(
    "subscription_identity",
    `webhook ${JSON.stringify([url, format, sortKeys(filter)])}`,
  );
}

/** True if two subscriptions of one identity also agree in everything else that is compared: all but secret, name and start. */
export function isSameWebhook(one: SubscriptionView, other: SubscriptionView): boolean {
  return JSON.stringify(compared(one)) === JSON.stringify(compared(other));
}

function compared({ subscription, webhook, scheduleSeconds }: SubscriptionView): unknown {
  const { ordered, onDead, maxAttempts, labels, expiresAt } = subscription;
  const { headers, timeoutSeconds, ratePerSecond, maxInFlight } = webhook ?? {};
  return [
    ...[ordered, onDead, maxAttempts, [...labels].sort(), expiresAt, scheduleSeconds],
    ...[sortKeys(headers), timeoutSeconds, ratePerSecond, maxInFlight],
  ];
}
