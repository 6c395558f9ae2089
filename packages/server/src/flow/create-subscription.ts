import { createHash } from "node:crypto";
import { TriggersError } from "../domain/errors.ts";
import { compileFilter } from "../domain/filter/compile-filter.ts";
import type { IdSource } from "../domain/ids.ts";
import { PULL_MAX_ATTEMPTS, SPARE_SHARD, type Subscription } from "../domain/subscription.ts";
import { makeSecret, makeSigningKey } from "../domain/webhook-secret.ts";
import type { ProjectSeal } from "../seal/project-seal.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { Store } from "../store/store.ts";
import { subscriptionTopic } from "../wakeups/topics.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import type { Clock, Randomness } from "./clock.ts";
import { isSameWebhook, webhookIdentity } from "./compare-webhooks.ts";
import type { Matchers } from "./match-subscriptions.ts";
import { viewSubscription } from "./read-subscription.ts";
import { requireSeal } from "./require-seal.ts";
import type { RunJobs } from "./run-jobs.ts";
import { packSubscription, type SubscriptionContent } from "./subscription-content.ts";
import type { CreatedWebhook, NewInbox, NewWebhook, StartFrom, SubscriptionView } from "./views.ts";

export interface SubscriptionParts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly nextId: IdSource;
  readonly matchers: Matchers;
  readonly jobs: RunJobs;
  readonly wakeups: Wakeups;
}

export async function createInbox(
  parts: SubscriptionParts,
  projectId: string,
  wish: NewInbox,
): Promise<SubscriptionView> {
  const { filter, startFrom } = wish;
  const content = { filter, webhook: null, scheduleSeconds: null, startFrom };
  const seal = await requireSeal(parts.sealer, projectId);
  const row = draftRow(parts, seal, { wish, content });
  const subscription: Subscription = { ...row, name: wish.name, identity: inboxIdentity(seal, wish.name) };
  const inserted = await insert(parts, subscription, wish.startFrom);
  if (inserted.outcome === "exists") throw nameTaken();
  return { subscription: inserted.subscription, ...content };
}

/** The same URL, filter and format again is the same subscription: who subscribes twice is not sent things twice. */
export async function createWebhook(
  parts: SubscriptionParts,
  projectId: string,
  wish: NewWebhook,
): Promise<CreatedWebhook> {
  const make = wish.signature === "v1a" ? makeSigningKey : makeSecret;
  const secret = wish.secret ?? make(parts.random.bytes);
  const webhook = { ...wish.webhook, secrets: [{ secret, validUntil: null }] };
  const { filter, scheduleSeconds, startFrom } = wish;
  const content = { filter, webhook, scheduleSeconds, startFrom };
  const seal = await requireSeal(parts.sealer, projectId);
  const subscription: Subscription = {
    ...draftRow(parts, seal, { wish, content }),
    name: wish.name,
    channel: "webhook",
    identity: webhookIdentity(seal, content.filter, webhook),
    endpointShard: shardOf(webhook.url),
  };
  const inserted = await insert(parts, subscription, wish.startFrom);
  if (inserted.outcome !== "exists")
    return { view: { subscription: inserted.subscription, ...content }, secret };
  const known = await viewSubscription(parts, inserted.subscription);
  if (isSameWebhook(known, { subscription, ...content })) return { view: known, secret: null };
  throw new TriggersError(
    "subscription_exists",
    `Change the subscription ${known.subscription.id}, which has this URL, filter and format and other settings.`,
  );
}

/** The shard of an endpoint: one loop owns all subscriptions to a URL, of whichever project. */
export function shardOf(url: string): number {
  return createHash("sha256").update(url).digest().readUInt32BE() % SPARE_SHARD;
}

interface Draft {
  readonly wish: NewInbox | NewWebhook;
  readonly content: SubscriptionContent;
}

function draftRow(
  { clock, nextId, store }: SubscriptionParts,
  seal: ProjectSeal,
  { wish, content }: Draft,
): Omit<Subscription, "identity"> {
  checkFilter(wish.filter);
  const { id, at } = nextId(clock.now());
  const { ordered, onDead, maxAttempts, labels, expiresAt } = wish;
  return {
    ...inboxDefaults(seal.projectId, id, at),
    ...{ ordered, onDead, maxAttempts, labels, expiresAt },
    sealed: seal.seal(id, "subscription", [packSubscription(content)]),
    catchUpTo: needsBackFill(store, wish.startFrom) ? 0 : null,
  };
}

/** With replicas, a new subscription has to be given what was accepted before every node matched by it. */
function needsBackFill(store: Store, startFrom: StartFrom): boolean {
  return startFrom !== "now" || store.matchDelayMs > 0;
}

interface Inserted {
  readonly outcome: "created" | "exists";
  /** The row that is there now. */
  readonly subscription: Subscription;
}

async function insert(
  parts: SubscriptionParts,
  draft: Subscription,
  startFrom: StartFrom,
): Promise<Inserted> {
  const { store, clock } = parts;
  const { projectId, id, createdAt } = draft;
  if (draft.catchUpTo !== null) {
    const from = startFrom === "now" ? String(createdAt) : String(startFrom);
    // Behind what is committed now: times could not tell, as the clocks of nodes differ.
    const after = startFrom === "now" ? await store.seekFeed(projectId, null) : null;
    // The job is there first: a crash right after the insert leaves no subscription without its back-fill.
    await parts.jobs.create(projectId, "back_fill", { subscriptionId: id, from, after });
  }
  // Counted from the insert on, however long the job took.
  const subscription = { ...draft, effectiveAt: clock.now() + store.matchDelayMs };
  const outcome = await store.createSubscription(subscription);
  parts.matchers.invalidate(projectId);
  parts.wakeups.wake(subscriptionTopic(projectId, id));
  parts.jobs.kick();
  switch (outcome.outcome) {
    case "created":
      return { outcome: "created", subscription };
    case "exists":
      return outcome;
    case "name_taken":
      throw nameTaken();
    case "full":
      throw new TriggersError("too_many_subscriptions", "Delete a subscription of the project first.");
    case "no_project":
      throw new TriggersError("unauthenticated", "The project of this credential is gone.");
  }
}

/** An inbox is identified by its name. */
export function inboxIdentity(seal: ProjectSeal, name: string): string {
  return seal.blindIndex("subscription_identity", `inbox ${name}`);
}

export function nameTaken(): TriggersError {
  return new TriggersError("name_taken", "Choose another name, or change the subscription that has it.");
}

/** Refuses a filter that does not compile, with the clauses that are wrong. */
export function checkFilter(filter: unknown): void {
  const compiled = compileFilter(filter);
  if (compiled.outcome === "compiled") return;
  const fields = compiled.faults.map(({ pointer, detail }) => ({ pointer: `/filter${pointer}`, detail }));
  throw new TriggersError("invalid_filter", "Correct the clauses of the filter listed in errors.", {
    fields,
  });
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
    failingSince: null,
    expiresAt: null,
    createdAt: at,
    updatedAt: at,
    version: 1,
  };
}
