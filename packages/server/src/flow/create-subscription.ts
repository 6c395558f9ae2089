import { TriggersError } from "../domain/errors.ts";
import { compileFilter } from "../domain/filter/compile-filter.ts";
import type { IdSource } from "../domain/ids.ts";
import { PULL_MAX_ATTEMPTS, type Subscription } from "../domain/subscription.ts";
import type { ProjectSeal } from "../seal/project-seal.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import type { NewInbox, SubscriptionView } from "./flow.ts";
import type { Matchers } from "./match-subscriptions.ts";
import { requireSeal } from "./require-seal.ts";
import type { RunJobs } from "./run-jobs.ts";
import { packSubscription } from "./subscription-content.ts";

export interface SubscriptionParts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly nextId: IdSource;
  readonly matchers: Matchers;
  readonly jobs: RunJobs;
}

export async function createInbox(
  parts: SubscriptionParts,
  projectId: string,
  wish: NewInbox,
): Promise<SubscriptionView> {
  checkFilter(wish.filter);
  const seal = await requireSeal(parts.sealer, projectId);
  const { id, at } = parts.nextId(parts.clock.now());
  const content = { filter: wish.filter, webhook: null, scheduleSeconds: null };
  const subscription: Subscription = {
    ...inboxDefaults(projectId, id, at),
    name: wish.name,
    ordered: wish.ordered,
    onDead: wish.onDead,
    maxAttempts: wish.maxAttempts,
    labels: wish.labels,
    expiresAt: wish.expiresAt,
    identity: inboxIdentity(seal, wish.name),
    sealed: seal.seal(id, "subscription", [packSubscription(content)]),
    effectiveAt: at + parts.store.matchDelayMs,
  };
  const outcome = await parts.store.createSubscription(subscription);
  parts.matchers.invalidate(projectId);
  switch (outcome.outcome) {
    case "created":
      return { subscription, ...content };
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
    expiresAt: null,
    createdAt: at,
    updatedAt: at,
    version: 1,
  };
}
