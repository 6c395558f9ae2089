import { type Delivery, isOpen } from "../../domain/delivery.ts";
import { timeOfId } from "../../domain/ids.ts";
import { stateAt } from "../../domain/subscription.ts";
import type { LeaseOutcome, LeaseRequest, SettleOutcome, SettleRequest } from "../../store/delivery-store.ts";
import type { Store } from "../../store/store.ts";
import { type DeliveryFact, type Facts, findDelivery, inTheWayOf, nameOf, nextPlace } from "./facts.ts";

/** Deliveries were handed out. */
export function seeLease(
  facts: Facts,
  request: LeaseRequest,
  { outcome, calledAt }: { readonly outcome: LeaseOutcome; readonly calledAt: number },
): void {
  if (outcome.outcome !== "leased") return;
  for (const died of outcome.died) apply(facts, died);
  if (outcome.deliveries.length === 0) return;
  const { subscriptionId, now, owner } = request;
  const { fail } = facts.world;
  const subscription = facts.subscriptions.get(subscriptionId);
  const stoppedSince = facts.stoppedSince.get(subscriptionId);
  if (stoppedSince !== undefined && calledAt > stoppedSince)
    fail("nothing goes out after a pause or delete", `${subscriptionId}, stopped at ${stoppedSince} ms`);
  if (subscription === undefined || stateAt(subscription, now) !== "active")
    fail("nothing goes out after a pause or delete", `${subscriptionId} is ${subscription?.state}`);
  if (owner !== null && facts.owners.get(owner.shard)?.fence !== owner.fence)
    fail("one owner per endpoint", `shard ${owner.shard} is no longer held with fence ${owner.fence}`);
  for (const delivery of outcome.deliveries) {
    seeHandOut(facts, delivery, request);
    const isCatchingUp = subscription?.ordered === true && subscription.catchUpTo !== null;
    if (isCatchingUp && timeOfId(delivery.eventId) > (subscription.catchUpTo ?? 0))
      fail("order per key", `${delivery.eventId} went out before the back-fill was done`);
  }
}

function seeHandOut(facts: Facts, delivery: Delivery, { now, until }: LeaseRequest): void {
  const { fail } = facts.world;
  const fact = findDelivery(facts, delivery);
  if (fact === undefined) {
    fail("every event has exactly its deliveries", `${nameOf(delivery)} is handed out and not known`);
    return;
  }
  if (!isOpen(fact.state)) fail("a settle is final", `${fact.id} was ${fact.state} and is handed out`);
  if (fact.state === "leased" && fact.dueAt > now)
    fail("one holder per delivery", `${fact.id} is held until ${fact.dueAt}, handed out at ${now}`);
  if (fact.state === "pending" && fact.dueAt > now)
    fail("one holder per delivery", `${fact.id} is not due yet`);
  const token = delivery.leaseToken ?? "";
  if (facts.tokens.has(token)) fail("one holder per delivery", `token ${token} was given twice`);
  facts.tokens.add(token);
  const other = inTheWayOf(facts, fact, now);
  if (other !== undefined) fail("order per key", `${fact.id} goes out while ${other.id} is ${other.state}`);
  const subscription = facts.subscriptions.get(delivery.subscriptionId);
  const counts = subscription?.channel === "inbox" ? 1 : 0;
  if (delivery.attempt !== fact.attempt + counts)
    fail("attempts are counted", `${fact.id} had ${fact.attempt} attempts, goes out as ${delivery.attempt}`);
  checkPlan(facts, fact, delivery.attempt);
  Object.assign(fact, { state: "leased", token, dueAt: until, attempt: delivery.attempt });
}

/** Never more attempts since the last redrive than the subscription allows. */
function checkPlan(facts: Facts, fact: DeliveryFact, attempt: number): void {
  const most = (facts.subscriptions.get(fact.key.subscriptionId)?.maxAttempts ?? 0) + fact.givenBack;
  if (attempt - fact.attemptBase > most)
    facts.world.fail("attempts are counted", `${fact.id} has ${attempt - fact.attemptBase} of ${most}`);
}

/** Leases were ended or extended. */
export function seeSettles(
  facts: Facts,
  settles: readonly SettleRequest[],
  outcomes: readonly SettleOutcome[],
): void {
  for (const [index, settle] of settles.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) facts.world.fail("nothing breaks", "a settle has no outcome");
    else seeSettle(facts, settle, outcome);
  }
}

function seeSettle(facts: Facts, settle: SettleRequest, outcome: SettleOutcome): void {
  const { fail } = facts.world;
  const fact = findDelivery(facts, settle);
  const holds = fact?.state === "leased" && fact.token === settle.token;
  switch (outcome.outcome) {
    case "settled": {
      if (fact === undefined || !holds) {
        fail("one holder per delivery", `a void token settled ${nameOf(settle)}, ${fact?.state}`);
        return;
      }
      const counts = settle.attempt !== null && settle.verb.kind !== "extend" ? 1 : 0;
      if (outcome.delivery.attempt !== fact.attempt + counts)
        fail(
          "attempts are counted",
          `${fact.id} had ${fact.attempt}, settled with ${outcome.delivery.attempt}`,
        );
      if (isGivenBack(settle)) fact.givenBack += 1;
      checkPlan(facts, fact, outcome.delivery.attempt);
      apply(facts, outcome.delivery);
      return;
    }
    case "lease_lost":
      if (holds) fail("one holder per delivery", `a valid token was refused for ${nameOf(settle)}`);
      return;
    case "already_acknowledged":
      if (fact?.state !== "acknowledged" || fact.token !== settle.token)
        fail("a settle is final", `${nameOf(settle)} is ${fact?.state}`);
      return;
    case "not_found":
      if (fact !== undefined) fail("what was acknowledged exists", `${nameOf(settle)} is not found`);
      return;
  }
}

function isGivenBack({ verb, attempt }: SettleRequest): boolean {
  return verb.kind === "release" && verb.maxAttempts === Number.MAX_SAFE_INTEGER && attempt === null;
}

/** A delivery stands as it was answered. */
export function apply(facts: Facts, delivery: Delivery): void {
  const fact = findDelivery(facts, delivery);
  if (fact === undefined) return;
  if (fact.state === "acknowledged" || fact.state === "cancelled")
    facts.world.fail("a settle is final", `${fact.id} was ${fact.state} and becomes ${delivery.state}`);
  const { state, dueAt, attempt, attemptBase } = delivery;
  const token = state === "pending" ? null : fact.token;
  Object.assign(fact, { state, dueAt, attempt, attemptBase, token });
}

/** A dead letter is tried again; one that let its lane go on comes back at the end. */
export function seeRedrive(facts: Facts, delivery: Delivery): void {
  const fact = findDelivery(facts, delivery);
  if (fact?.state !== "dead") {
    facts.world.fail("a settle is final", `${nameOf(delivery)} was ${fact?.state} and is redriven`);
    return;
  }
  const event = facts.events.get(delivery.eventId);
  const line = fact.lane !== null && !fact.parks ? event?.line : undefined;
  if (typeof line === "string") fact.place = nextPlace(facts, line);
  apply(facts, delivery);
  fact.isRedriven = true;
}

/** What is open of a subscription was closed, all of it or `count` of more: then the store is asked which. */
export async function seeClosed(
  facts: Facts,
  store: Store,
  { subscriptionId, state, count }: { subscriptionId: string; state: "dead" | "cancelled"; count: number },
): Promise<void> {
  const open = (facts.ofSubscription.get(subscriptionId) ?? []).filter((fact) => isOpen(fact.state));
  if (count > open.length)
    facts.world.fail("a settle is final", `${count} of ${open.length} open deliveries were closed`);
  for (const fact of open) {
    const isClosed = count === open.length || !(await isStillOpen(store, fact));
    if (isClosed) fact.state = state;
  }
}

async function isStillOpen(store: Store, { projectId, key }: DeliveryFact): Promise<boolean> {
  const view = await store.readDelivery(projectId, key);
  return view !== null && isOpen(view.delivery.state);
}

/** What nobody holds of an event in a subscription is acknowledged. */
export function seeUnheld(
  facts: Facts,
  {
    eventId,
    subscriptionId,
    now,
  }: { readonly eventId: string; readonly subscriptionId: string; readonly now: number },
): void {
  for (const fact of facts.ofEvent.get(eventId) ?? []) {
    if (fact.key.subscriptionId !== subscriptionId) continue;
    const isUnheld = fact.state === "pending" || (fact.state === "leased" && fact.dueAt <= now);
    if (isUnheld) Object.assign(fact, { state: "acknowledged", token: null });
  }
}
