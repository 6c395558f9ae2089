import { TriggersError } from "../domain/errors.ts";
import { MAIN_INBOX, type Subscription, stateAt } from "../domain/subscription.ts";
import { deliveryTopic, subscriptionTopic } from "../wakeups/topics.ts";
import { webhookIdentity } from "./compare-webhooks.ts";
import {
  checkFilter,
  inboxIdentity,
  nameTaken,
  type SubscriptionParts,
  shardOf,
} from "./create-subscription.ts";
import { subscriptionNotFound, viewSubscription } from "./read-subscription.ts";
import { requireSeal } from "./require-seal.ts";
import { openSubscription, packSubscription } from "./subscription-content.ts";
import type { SubscriptionChange, SubscriptionView } from "./views.ts";

interface SubscriptionRef {
  readonly projectId: string;
  readonly id: string;
}

/** How often a change is made again against the newest row, when others change the same one at the same time. */
const CHANGE_TRIES = 20;

/** Gives the new row, or null: it is as wished already. */
type MakeRow = (row: Subscription, at: number) => Promise<Subscription | null> | Subscription | null;

/** Makes a change again against the newest row until nobody was faster. */
export async function updateSubscription(
  parts: SubscriptionParts,
  { projectId, id }: SubscriptionRef,
  make: MakeRow,
): Promise<Subscription> {
  let triedVersion = -1;
  for (let tries = 0; tries < CHANGE_TRIES; tries++) {
    const row = await parts.store.readSubscription(projectId, id);
    if (row === null) throw subscriptionNotFound();
    // Nobody changed this row meanwhile, so another one has the identity that the change would give it.
    if (row.version === triedVersion) throw identityTaken();
    triedVersion = row.version;
    const at = parts.clock.now();
    const changed = await make(row, at);
    if (changed === null) return row;
    const next = { ...changed, updatedAt: at, version: row.version + 1 };
    const outcome = await parts.store.changeSubscription(next);
    parts.matchers.invalidate(projectId);
    parts.wakeups.wake(subscriptionTopic(projectId, id));
    if (outcome === "changed") return next;
    if (outcome === "name_taken") throw nameTaken();
  }
  throw new TriggersError("overloaded", "Others change the same subscription; send the same again.");
}

function identityTaken(): TriggersError {
  return new TriggersError(
    "subscription_exists",
    "Another subscription has this URL, filter and format; change that one.",
  );
}

export async function changeSubscription(
  parts: SubscriptionParts,
  ref: SubscriptionRef,
  wish: SubscriptionChange,
): Promise<SubscriptionView> {
  if (wish.filter !== undefined) checkFilter(wish.filter);
  const changed = await updateSubscription(parts, ref, async (row, at) => {
    refuseUnchangeable(row, wish, at);
    const { filter, webhook, scheduleSeconds, ...plain } = wish;
    const renewed = { ...row, ...plain };
    const isContent = filter !== undefined || webhook !== undefined || scheduleSeconds !== undefined;
    const isNamed = wish.name !== undefined && row.channel === "inbox";
    return isContent || isNamed ? reseal(parts, renewed, { wish, at }) : renewed;
  });
  return viewSubscription(parts, changed);
}

/** The row with its content changed, and with what follows from the content. */
async function reseal(
  { sealer, store }: SubscriptionParts,
  row: Subscription,
  { wish, at }: { readonly wish: SubscriptionChange; readonly at: number },
): Promise<Subscription> {
  const seal = await requireSeal(sealer, row.projectId);
  const old = await openSubscription(sealer, row);
  const filter = wish.filter === undefined ? old.filter : wish.filter;
  const webhook = old.webhook === null ? null : { ...old.webhook, ...wish.webhook };
  const scheduleSeconds = wish.scheduleSeconds === undefined ? old.scheduleSeconds : wish.scheduleSeconds;
  return {
    ...row,
    sealed: seal.seal(row.id, "subscription", [
      packSubscription({ ...old, filter, webhook, scheduleSeconds }),
    ]),
    effectiveAt: wish.filter === undefined ? row.effectiveAt : at + store.matchDelayMs,
    identity: webhook === null ? inboxIdentity(seal, row.name ?? "") : webhookIdentity(seal, filter, webhook),
    endpointShard: webhook === null ? null : shardOf(webhook.url),
  };
}

function refuseUnchangeable(row: Subscription, wish: SubscriptionChange, at: number): void {
  refuseOver(row, at);
  const isMain = row.matches !== null;
  const isWebhook = row.channel === "webhook";
  if (!isWebhook && wish.webhook !== undefined) throw invalid("/webhook", "An inbox has none.");
  if (!isWebhook && wish.name === null) throw invalid("/name", "An inbox needs one.");
  if (!isMain && wish.matches !== undefined) throw invalid("/matches", "Only the main inbox has it.");
  if (!isMain) return;
  if ((wish.filter ?? null) !== null) throw invalid("/filter", "The main inbox has none; set its matches.");
  if ((wish.expiresAt ?? null) !== null) throw invalid("/expires_at", "The main inbox does not end.");
  if ((wish.name ?? MAIN_INBOX) !== MAIN_INBOX) throw invalid("/name", "The main inbox keeps its name.");
}

function refuseOver(row: Subscription, at: number): void {
  const state = stateAt(row, at);
  if (state === "deleted") throw subscriptionNotFound();
  if (state === "ended")
    throw new TriggersError("subscription_ended", "It has ended for good; make a new one.");
}

function invalid(pointer: string, detail: string): TriggersError {
  const fields = [{ pointer, detail }];
  return new TriggersError("invalid_request", "Correct the fields listed in errors.", { fields });
}

/** `active` or `paused`. */
export async function setPaused(
  parts: SubscriptionParts,
  ref: SubscriptionRef,
  isPaused: boolean,
): Promise<SubscriptionView> {
  const changed = await updateSubscription(parts, ref, (row, at) => {
    refuseOver(row, at);
    const wanted = isPaused ? "paused" : "active";
    return row.state === wanted ? null : { ...row, state: wanted, stateReason: null, failingSince: null };
  });
  parts.wakeups.wake(deliveryTopic(ref.id));
  return viewSubscription(parts, changed);
}

/** One write on the row: from its answer on nothing is handed out. A job settles what is open. */
export async function deleteSubscription(
  parts: SubscriptionParts,
  projectId: string,
  id: string,
): Promise<void> {
  const row = await parts.store.readSubscription(projectId, id);
  if (row === null) throw subscriptionNotFound();
  if (row.matches !== null) throw new TriggersError("main_inbox", "Set its matches to none instead.");
  if (row.state === "deleted") return;
  // The job is there first: a crash right after the delete leaves nobody who would not know of it.
  const after = parts.store.matchDelayMs === 0 ? null : await parts.store.seekFeed(projectId, null);
  await parts.jobs.create(projectId, "delete_subscription", { subscriptionId: id, after });
  await updateSubscription(parts, { projectId, id }, (newest) =>
    newest.state === "deleted" ? null : { ...newest, state: "deleted", stateReason: null },
  );
  parts.jobs.kick();
}

/** The back-fill has come to the present: from now on all of an ordered subscription goes out. */
export async function finishCatchUp(parts: SubscriptionParts, projectId: string, id: string): Promise<void> {
  await updateSubscription(parts, { projectId, id }, (row) =>
    row.catchUpTo === null ? null : { ...row, catchUpTo: null },
  );
}
