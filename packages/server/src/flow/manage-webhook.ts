import { TriggersError } from "../domain/errors.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import { makeSecret, makeSigningKey, versionOf } from "../domain/webhook-secret.ts";
import type { DeliveryCount } from "../store/delivery-store.ts";
import { updateSubscription } from "./change-subscription.ts";
import type { SubscriptionParts } from "./create-subscription.ts";
import { readSubscription } from "./read-subscription.ts";
import { requireSeal } from "./require-seal.ts";
import { openSubscription, packSubscription } from "./subscription-content.ts";
import type { SecretRotation, SubscriptionStats, SubscriptionView } from "./views.ts";

const HOUR_MS = 3_600_000;
/** So many sign at once; of more, the oldest end early. */
const MOST_SECRETS = 4;

interface SubscriptionRef {
  readonly projectId: string;
  readonly id: string;
}

/** The settings of a webhook. Refused: an inbox, which has none. */
export async function readWebhook(
  parts: SubscriptionParts,
  { projectId, id }: SubscriptionRef,
): Promise<SubscriptionView & { readonly webhook: WebhookSettings }> {
  const view = await readSubscription(parts, projectId, id);
  if (view.webhook === null) throw notWebhook();
  return { ...view, webhook: view.webhook };
}

function notWebhook(): TriggersError {
  return new TriggersError("not_a_webhook", "Name a subscription of channel webhook.");
}

/** A new secret; the one before goes on signing along for `overlapHours`. */
export async function rotateSecret(
  parts: SubscriptionParts,
  ref: SubscriptionRef,
  { overlapHours, signature }: SecretRotation,
): Promise<{ readonly view: SubscriptionView; readonly secret: string }> {
  const { webhook: present } = await readWebhook(parts, ref);
  const version = signature ?? versionOf(present.secrets[0]?.secret ?? "");
  const secret = (version === "v1a" ? makeSigningKey : makeSecret)(parts.random.bytes);
  await updateSubscription(parts, ref, async (row, at) => {
    const content = await openSubscription(parts.sealer, row);
    if (content.webhook === null) throw notWebhook();
    const until = at + overlapHours * HOUR_MS;
    const old = content.webhook.secrets
      .map((one) => ({ ...one, validUntil: Math.min(one.validUntil ?? Infinity, until) }))
      .filter(({ validUntil }) => validUntil > at)
      .slice(0, MOST_SECRETS - 1);
    const webhook = { ...content.webhook, secrets: [{ secret, validUntil: null }, ...old] };
    const seal = await requireSeal(parts.sealer, row.projectId);
    return { ...row, sealed: seal.seal(row.id, "subscription", [packSubscription({ ...content, webhook })]) };
  });
  return { view: await readSubscription(parts, ref.projectId, ref.id), secret };
}

/** So far a store counts. */
const MOST_COUNTED = 10_000;
const NONE: DeliveryCount = { count: 0, more: false };

/** How many deliveries stand where, counted to 10,000. What is open when a subscription ends counts as dead, whether or not its row says so yet. */
export async function readStats(
  parts: SubscriptionParts,
  { projectId, id }: SubscriptionRef,
): Promise<SubscriptionStats> {
  const { store } = parts;
  const { subscription } = await readSubscription(parts, projectId, id);
  const [pending, leased, dead, [nextDueAt]] = await Promise.all([
    store.countDeliveries(projectId, id, "pending"),
    store.countDeliveries(projectId, id, "leased"),
    store.countDeliveries(projectId, id, "dead"),
    store.nextDueAt([{ projectId, subscriptionId: id }]),
  ]);
  const { state, failingSince } = subscription;
  if (state === "ended")
    return { pending: NONE, leased: NONE, dead: sumOf(pending, leased, dead), nextDueAt: null, failingSince };
  return { pending, leased, dead, nextDueAt: nextDueAt ?? null, failingSince };
}

function sumOf(...counts: readonly DeliveryCount[]): DeliveryCount {
  const sum = counts.reduce((before, { count }) => before + count, 0);
  return { count: Math.min(sum, MOST_COUNTED), more: sum > MOST_COUNTED || counts.some(({ more }) => more) };
}
