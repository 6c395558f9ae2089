import { TriggersError } from "../domain/errors.ts";
import { PULL_MAX_ATTEMPTS, type Subscription } from "../domain/subscription.ts";
import type { ProjectSeal } from "../seal/project-seal.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { SettleOutcome, SettleRequest, SettleVerb } from "../store/delivery-store.ts";
import type { Store } from "../store/store.ts";
import { deliveryTopic } from "../wakeups/topics.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import type { Clock } from "./clock.ts";
import { sealReason } from "./delivery-reason.ts";
import { requireSeal } from "./require-seal.ts";
import type { SettleAnswer, SettleWish } from "./views.ts";

export interface SettleParts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly wakeups: Wakeups;
}

/** Settles what consumers hold, each item by itself, see `POST /v1/inbox/ack` and its sisters. */
export async function settleDeliveries(
  parts: SettleParts,
  projectId: string,
  wishes: readonly SettleWish[],
): Promise<readonly SettleAnswer[]> {
  const { store, clock, sealer } = parts;
  const inboxes = await readInboxes(store, projectId, wishes);
  const seal = await requireSeal(sealer, projectId);
  const now = clock.now();
  const known = wishes.filter(({ subscriptionId }) => inboxes.has(subscriptionId));
  const settles = known.map((wish) =>
    requestFor(wish, {
      seal,
      now,
      maxAttempts: inboxes.get(wish.subscriptionId)?.maxAttempts ?? PULL_MAX_ATTEMPTS,
    }),
  );
  const outcomes = await store.settleDeliveries({ projectId, now, settles });
  wakeWaiting(parts, outcomes);
  const answers = new Map(known.map((wish, index) => [wish, answerFor(outcomes[index])]));
  return wishes.map((wish) => answers.get(wish) ?? { outcome: "not_found" });
}

/** The deliveries of a webhook are the push loop's to settle: to a consumer they are not there. */
async function readInboxes(
  store: Store,
  projectId: string,
  wishes: readonly SettleWish[],
): Promise<ReadonlyMap<string, Subscription>> {
  const inboxes = new Map<string, Subscription>();
  for (const id of new Set(wishes.map(({ subscriptionId }) => subscriptionId))) {
    const subscription = await store.readSubscription(projectId, id);
    if (subscription?.channel === "inbox") inboxes.set(id, subscription);
  }
  return inboxes;
}

interface Terms {
  readonly seal: ProjectSeal;
  readonly now: number;
  readonly maxAttempts: number;
}

function requestFor(wish: SettleWish, terms: Terms): SettleRequest {
  const { eventId, subscriptionId, cause, token } = wish;
  return { eventId, subscriptionId, cause, token, verb: verbFor(wish, terms), attempt: null };
}

function verbFor(wish: SettleWish, { seal, now, maxAttempts }: Terms): SettleVerb {
  switch (wish.kind) {
    case "acknowledge":
      return { kind: "acknowledge" };
    case "release": {
      const dueAt = now + wish.delaySeconds * 1_000;
      return {
        kind: "release",
        dueAt,
        reason: sealReason(seal, wish, wish.reason),
        maxAttempts,
        isLate: false,
      };
    }
    case "bury":
      return { kind: "bury", reason: sealReason(seal, wish, wish.reason) };
    case "extend":
      return { kind: "extend", until: now + wish.leaseSeconds * 1_000 };
  }
}

/** A release makes something due, and a settle in a lane lets the next one go. */
function wakeWaiting({ wakeups }: SettleParts, outcomes: readonly SettleOutcome[]): void {
  const woken = new Set<string>();
  for (const outcome of outcomes) {
    if (outcome.outcome !== "settled") continue;
    const { subscriptionId, state, lane } = outcome.delivery;
    if (state === "pending" || lane !== null) woken.add(subscriptionId);
  }
  for (const subscriptionId of woken) wakeups.wake(deliveryTopic(subscriptionId));
}

function answerFor(outcome: SettleOutcome | undefined): SettleAnswer {
  if (outcome === undefined) return { outcome: "not_found" };
  return outcome.outcome === "settled"
    ? { outcome: "settled", leaseExpiresAt: outcome.delivery.dueAt }
    : outcome;
}

/** Acknowledges what nobody holds, see `POST /v1/events/{id}/ack`. */
export async function acknowledgeEvent(
  { store, clock, wakeups }: SettleParts,
  inbox: Subscription,
  eventId: string,
): Promise<"acknowledged" | "already_acknowledged"> {
  const now = clock.now();
  const outcome = await store.acknowledgeUnheld({
    projectId: inbox.projectId,
    eventId,
    subscriptionId: inbox.id,
    now,
  });
  switch (outcome) {
    case "acknowledged":
      wakeups.wake(deliveryTopic(inbox.id));
      return outcome;
    case "already_acknowledged":
      return outcome;
    case "held":
      throw new TriggersError(
        "delivery_leased",
        "Settle it with its lease token, or wait until the lease ends.",
      );
    case "dead":
      throw new TriggersError("delivery_settled", "The delivery is a dead letter; redrive it to try again.");
    case "not_found":
      throw new TriggersError("not_found", "The event has no open delivery in this inbox.");
  }
}
