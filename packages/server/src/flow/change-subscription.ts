import { TriggersError } from "../domain/errors.ts";
import { MAIN_INBOX, type Subscription, stateAt } from "../domain/subscription.ts";
import { deliveryTopic, subscriptionTopic } from "../wakeups/topics.ts";
import { checkFilter, inboxIdentity, nameTaken, type SubscriptionParts } from "./create-subscription.ts";
import type { SubscriptionChange, SubscriptionView } from "./flow.ts";
import { subscriptionNotFound, viewSubscription } from "./read-subscription.ts";
import { requireSeal } from "./require-seal.ts";
import { openSubscription, packSubscription } from "./subscription-content.ts";

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
  for (let tries = 0; tries < CHANGE_TRIES; tries++) {
    const row = await parts.store.readSubscription(projectId, id);
    if (row === null) throw subscriptionNotFound();
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

export async function changeSubscription(
  parts: SubscriptionParts,
  ref: SubscriptionRef,
  wish: SubscriptionChange,
): Promise<SubscriptionView> {
  if (wish.filter !== undefined) checkFilter(wish.filter);
  const changed = await updateSubscription(parts, ref, async (row, at) => {
    refuseUnchangeable(row, wish, at);
    const { filter, name, ...plain } = wish;
    const renamed = name === undefined ? {} : await rename(parts, row, name);
    const refiltered = filter === undefined ? {} : await refilter(parts, row, { filter, at });
    return { ...row, ...plain, ...renamed, ...refiltered };
  });
  return viewSubscription(parts, changed);
}

async function rename(
  { sealer }: SubscriptionParts,
  row: Subscription,
  name: string,
): Promise<Partial<Subscription>> {
  const seal = await requireSeal(sealer, row.projectId);
  return row.channel === "inbox" ? { name, identity: inboxIdentity(seal, name) } : { name };
}

async function refilter(
  { sealer, store }: SubscriptionParts,
  row: Subscription,
  { filter, at }: { readonly filter: unknown; readonly at: number },
): Promise<Partial<Subscription>> {
  const seal = await requireSeal(sealer, row.projectId);
  const content = { ...(await openSubscription(sealer, row)), filter };
  const sealed = seal.seal(row.id, "subscription", [packSubscription(content)]);
  return { sealed, effectiveAt: at + store.matchDelayMs };
}

function refuseUnchangeable(row: Subscription, wish: SubscriptionChange, at: number): void {
  refuseOver(row, at);
  const isMain = row.matches !== null;
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
  await parts.jobs.create(projectId, "delete_subscription", { subscriptionId: id });
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
