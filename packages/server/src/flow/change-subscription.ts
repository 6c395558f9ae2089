import { TriggersError } from "../domain/errors.ts";
import { compileFilter } from "../domain/filter/compile-filter.ts";
import type { IdSource } from "../domain/ids.ts";
import { MAIN_INBOX, PULL_MAX_ATTEMPTS, type Subscription, stateAt } from "../domain/subscription.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import type { NewInbox, SubscriptionChange, SubscriptionView } from "./flow.ts";
import type { Matchers } from "./match-subscriptions.ts";
import { requireSeal } from "./require-seal.ts";
import type { RunJobs } from "./run-jobs.ts";
import { openSubscription, packSubscription } from "./subscription-content.ts";

export interface SubscriptionParts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly nextId: IdSource;
  readonly matchers: Matchers;
  readonly jobs: RunJobs;
}

/** How often a change is made again against the newest row, when others change the same one at the same time. */
const CHANGE_TRIES = 20;
/** Subscriptions ended in one round. */
const EXPIRED_STEP = 100;

export async function createInbox(
  parts: SubscriptionParts,
  projectId: string,
  wish: NewInbox,
): Promise<SubscriptionView> {
  checkFilter(wish.filter);
  const seal = await requireSeal(parts.sealer, projectId);
  const { id, at } = parts.nextId(parts.clock.now());
  const subscription: Subscription = {
    ...inboxDefaults(projectId, id, at),
    name: wish.name,
    ordered: wish.ordered,
    onDead: wish.onDead,
    maxAttempts: wish.maxAttempts,
    labels: wish.labels,
    expiresAt: wish.expiresAt,
    identity: seal.blindIndex("subscription_identity", `inbox ${wish.name}`),
    sealed: seal.seal(id, "subscription", [packSubscription({ filter: wish.filter })]),
    effectiveAt: at + parts.store.matchDelayMs,
  };
  const outcome = await parts.store.createSubscription(subscription);
  parts.matchers.invalidate(projectId);
  switch (outcome.outcome) {
    case "created":
      return { subscription, filter: wish.filter };
    case "exists":
    case "name_taken":
      throw nameTaken();
    case "full":
      throw new TriggersError(
        "invalid_request",
        "The project has as many subscriptions as it may; delete one first.",
      );
    case "no_project":
      throw new TriggersError("unauthenticated", "The project of this credential is gone.");
  }
}

/** What an inbox is before anything is said about it. */
export function inboxDefaults(
  projectId: string,
  id: string,
  at: number,
): Omit<Subscription, "identity" | "sealed"> {
  return {
    projectId,
    id,
    name: null,
    channel: "inbox",
    matches: null,
    ordered: false,
    onDead: "park",
    maxAttempts: PULL_MAX_ATTEMPTS,
    labels: [],
    state: "active",
    stateReason: null,
    endpointShard: null,
    effectiveAt: at,
    catchUpTo: null,
    expiresAt: null,
    createdAt: at,
    updatedAt: at,
    version: 1,
  };
}

function checkFilter(filter: unknown): void {
  const compiled = compileFilter(filter);
  if (compiled.outcome === "compiled") return;
  const fields = compiled.faults.map(({ pointer, detail }) => ({ pointer: `/filter${pointer}`, detail }));
  throw new TriggersError("invalid_filter", "Correct the clauses of the filter listed in errors.", {
    fields,
  });
}

function nameTaken(): TriggersError {
  return new TriggersError("name_taken", "Choose another name, or change the subscription that has it.");
}

function notFound(): TriggersError {
  return new TriggersError("not_found", "There is no subscription with this id.");
}

/** With its filter opened, in the state it has now. */
export async function viewSubscription(
  { sealer, clock }: Pick<SubscriptionParts, "sealer" | "clock">,
  subscription: Subscription,
): Promise<SubscriptionView> {
  const { filter } = await openSubscription(sealer, subscription);
  const state = stateAt(subscription, clock.now());
  const stateReason = state === subscription.state ? subscription.stateReason : "expired";
  return { subscription: { ...subscription, state, stateReason }, filter };
}

export async function readSubscription(
  parts: SubscriptionParts,
  projectId: string,
  id: string,
): Promise<SubscriptionView> {
  const subscription = await parts.store.readSubscription(projectId, id);
  if (subscription === null || subscription.state === "deleted") throw notFound();
  return viewSubscription(parts, subscription);
}

export async function findInbox(
  { store, clock }: SubscriptionParts,
  projectId: string,
  idOrName: string,
): Promise<Subscription> {
  const subscription =
    (await store.readSubscriptionByName(projectId, idOrName)) ??
    (await store.readSubscription(projectId, idOrName));
  const isThere =
    subscription?.channel === "inbox" &&
    ["active", "paused", "disabled"].includes(stateAt(subscription, clock.now()));
  if (!isThere) throw new TriggersError("not_found", "There is no inbox with this id or name.");
  return subscription;
}

/** Makes the change again against the newest row until nobody was faster. `change` gives the new row without its version, or null: it is as wished already. */
async function change(
  parts: SubscriptionParts,
  { projectId, id }: { readonly projectId: string; readonly id: string },
  make: (row: Subscription, at: number) => Promise<Subscription | null> | Subscription | null,
): Promise<Subscription> {
  for (let tries = 0; tries < CHANGE_TRIES; tries++) {
    const row = await parts.store.readSubscription(projectId, id);
    if (row === null) throw notFound();
    const at = parts.clock.now();
    const changed = await make(row, at);
    if (changed === null) return row;
    const next = { ...changed, updatedAt: at, version: row.version + 1 };
    const outcome = await parts.store.changeSubscription(next);
    parts.matchers.invalidate(projectId);
    if (outcome === "changed") return next;
    if (outcome === "name_taken") throw nameTaken();
  }
  throw new TriggersError("overloaded", "Others change the same subscription; send the same again.");
}

export async function changeSubscription(
  parts: SubscriptionParts,
  { projectId, id }: { readonly projectId: string; readonly id: string },
  wish: SubscriptionChange,
): Promise<SubscriptionView> {
  if (wish.filter !== undefined) checkFilter(wish.filter);
  const seal = await requireSeal(parts.sealer, projectId);
  const changed = await change(parts, { projectId, id }, (row, at) => {
    refuseUnchangeable(row, wish, at);
    const { filter, name, ...plain } = wish;
    return {
      ...row,
      ...plain,
      ...(name === undefined
        ? {}
        : { name, identity: seal.blindIndex("subscription_identity", `inbox ${name}`) }),
      ...(filter === undefined
        ? {}
        : {
            sealed: seal.seal(row.id, "subscription", [packSubscription({ filter })]),
            effectiveAt: at + parts.store.matchDelayMs,
          }),
    };
  });
  return viewSubscription(parts, changed);
}

function refuseUnchangeable(row: Subscription, wish: SubscriptionChange, at: number): void {
  const state = stateAt(row, at);
  if (state === "deleted") throw notFound();
  if (state === "ended") throw ended();
  const isMain = row.matches !== null;
  if (!isMain && wish.matches !== undefined) throw invalid("/matches", "Only the main inbox has it.");
  if (isMain && wish.filter !== undefined && wish.filter !== null)
    throw invalid("/filter", "The main inbox has none; set its matches.");
  if (isMain && wish.expiresAt !== undefined && wish.expiresAt !== null)
    throw invalid("/expires_at", "The main inbox does not end.");
  if (isMain && wish.name !== undefined && wish.name !== MAIN_INBOX)
    throw invalid("/name", "The main inbox keeps its name.");
}

function ended(): TriggersError {
  return new TriggersError("subscription_ended", "It has ended for good; make a new one.");
}

function invalid(pointer: string, detail: string): TriggersError {
  return new TriggersError("invalid_request", "Correct the fields listed in errors.", {
    fields: [{ pointer, detail }],
  });
}

export async function setPaused(
  parts: SubscriptionParts,
  { projectId, id }: { readonly projectId: string; readonly id: string },
  isPaused: boolean,
): Promise<SubscriptionView> {
  const changed = await change(parts, { projectId, id }, (row, at) => {
    const state = stateAt(row, at);
    if (state === "deleted") throw notFound();
    if (state === "ended") throw ended();
    const wanted = isPaused ? "paused" : "active";
    return state === wanted ? null : { ...row, state: wanted, stateReason: null };
  });
  return viewSubscription(parts, changed);
}

export async function deleteSubscription(
  parts: SubscriptionParts,
  projectId: string,
  id: string,
): Promise<void> {
  const row = await parts.store.readSubscription(projectId, id);
  if (row === null) throw notFound();
  if (row.matches !== null) throw new TriggersError("main_inbox", "Set its matches to none instead.");
  if (row.state === "deleted") return;
  // The job is there first: a crash right after the delete leaves nobody who would not know of it.
  await parts.jobs.create(projectId, "delete_subscription", { subscriptionId: id });
  await change(parts, { projectId, id }, (newest) =>
    newest.state === "deleted" ? null : { ...newest, state: "deleted", stateReason: null },
  );
  parts.jobs.kick();
}

/** Writes down what has ended by its time: first the jobs that settle what is open, then the rows. */
export async function endExpired(parts: SubscriptionParts): Promise<void> {
  for (const { projectId, id } of await parts.store.listExpired(parts.clock.now(), EXPIRED_STEP)) {
    await parts.jobs.create(projectId, "end_subscription", { subscriptionId: id });
    await change(parts, { projectId, id }, (row, at) =>
      stateAt(row, at) === "ended" && row.state !== "ended"
        ? { ...row, state: "ended", stateReason: "expired" }
        : null,
    );
    parts.jobs.kick();
  }
}
