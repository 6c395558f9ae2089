import type { z } from "zod";
import { type FieldFault, TriggersError } from "../domain/errors.ts";
import { sortKeys } from "../domain/sort-keys.ts";
import { versionOf } from "../domain/webhook-secret.ts";
import type { Flow } from "../flow/flow.ts";
import type { SubscriptionChange, SubscriptionView } from "../flow/views.ts";
import { refuseFields } from "./refuse-fields.ts";
import { CANNOT_CHANGE, type namedSubscriptionInput } from "./schemas/subscription.ts";
import { inboxWish, maxAttemptsOf, scheduleOf, webhookSettings, webhookWish } from "./subscription-wish.ts";

type Sent = z.output<typeof namedSubscriptionInput>;

interface Wish {
  readonly projectId: string;
  readonly name: string;
  readonly sent: Sent;
}

export interface PutSubscription {
  readonly outcome: "created" | "changed" | "unchanged";
  readonly view: SubscriptionView;
  /** Of a webhook that was made. */
  readonly secret: string | null;
}

/** Makes the subscription of a name, or makes the one that has it what was sent. */
export async function putSubscription(flow: Flow, wish: Wish): Promise<PutSubscription> {
  const found = await flow.findSubscription(wish.projectId, wish.name);
  if (found !== null) return change(flow, wish, found);
  try {
    return await create(flow, wish);
  } catch (error) {
    const isTaken = error instanceof TriggersError && TAKEN.has(error.code);
    // Who asks for the same at the same time may have been faster.
    const rival = isTaken ? await flow.findSubscription(wish.projectId, wish.name) : null;
    if (rival === null) throw error;
    return change(flow, wish, rival);
  }
}

const TAKEN: ReadonlySet<string> = new Set(["name_taken", "subscription_exists"]);

async function create(flow: Flow, { projectId, name, sent }: Wish): Promise<PutSubscription> {
  if (sent.channel === "inbox") {
    const view = await flow.createInbox(projectId, inboxWish(sent, name));
    return { outcome: "created", view, secret: null };
  }
  const { view, secret } = await flow.createWebhook(projectId, webhookWish(sent, name));
  if (secret !== null) return { outcome: "created", view, secret };
  if (view.subscription.name === name) return { outcome: "unchanged", view, secret };
  throw new TriggersError(
    "subscription_exists",
    `Name the subscription ${view.subscription.id}, which has this URL, filter and format and goes by another name or none.`,
  );
}

async function change(flow: Flow, wish: Wish, found: SubscriptionView): Promise<PutSubscription> {
  const { projectId, sent } = wish;
  const { id } = found.subscription;
  refuseFields(immutableFaults(sent, found), "immutable_field");
  if (sent.channel === "webhook" && (sent.secret ?? sent.signature) !== undefined)
    refuseFields(secretFaults(sent, await flow.readSecret(projectId, id)), "immutable_field");
  const changes = changesTo(found, sent);
  if (Object.keys(changes).length === 0) return { outcome: "unchanged", view: found, secret: null };
  const view = await flow.changeSubscription(projectId, id, changes);
  return { outcome: "changed", view, secret: null };
}

function secretFaults(
  { secret, signature }: Extract<Sent, { channel: "webhook" }>,
  present: string,
): readonly FieldFault[] {
  const differing = [
    ...((secret ?? present) === present ? [] : ["/secret"]),
    ...((signature ?? versionOf(present)) === versionOf(present) ? [] : ["/signature"]),
  ];
  return differing.map((pointer) => ({ pointer, detail: "cannot be changed here; rotate the secret" }));
}

function immutableFaults(sent: Sent, { subscription }: SubscriptionView): readonly FieldFault[] {
  const { channel, ordered, onDead } = subscription;
  const differing = [
    ...(sent.channel === channel ? [] : ["/channel"]),
    ...((sent.ordered ?? ordered) === ordered ? [] : ["/ordered"]),
    ...((sent.on_dead ?? onDead) === onDead ? [] : ["/on_dead"]),
  ];
  return differing.map((pointer) => ({ pointer, detail: CANNOT_CHANGE }));
}

/** What was sent and is not so yet. What was left out counts as its default. */
function changesTo({ subscription, ...content }: SubscriptionView, sent: Sent): SubscriptionChange {
  const { secrets: _, ...settings } = content.webhook ?? { secrets: [] };
  const isWebhook = sent.channel === "webhook";
  const wished = {
    filter: sent.filter,
    labels: sent.labels,
    expiresAt: sent.expires_at,
    maxAttempts: isWebhook ? maxAttemptsOf(sent.retry) : sent.retry.max_attempts,
    ...(isWebhook ? { webhook: webhookSettings(sent.webhook) } : {}),
    ...(isWebhook ? { scheduleSeconds: scheduleOf(sent.retry.schedule_seconds) } : {}),
  } satisfies SubscriptionChange;
  const present: Readonly<Record<string, unknown>> = { ...subscription, ...content, webhook: settings };
  const differing = Object.entries(wished).filter(([field, value]) => !isSame(value, present[field]));
  return Object.fromEntries(differing);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sortKeys(one)) === JSON.stringify(sortKeys(other));
}
