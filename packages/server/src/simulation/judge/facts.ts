import type { DeliveryState } from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import type { Job } from "../../domain/job.ts";
import { holdsLane } from "../../domain/lane.ts";
import { type Subscription, stateAt } from "../../domain/subscription.ts";
import type { PlannedDelivery } from "../../store/event-store.ts";
import type { World } from "../world/world.ts";

/** An event that was committed. */
export interface EventFact {
  readonly projectId: string;
  readonly id: string;
  /** Project and ordering key; null: none. */
  readonly line: string | null;
  /** Place in its line. */
  readonly place: number;
  /** When its deliveries may first go out. */
  readonly dueAt: number;
  /** Its deliveries are made after its commit, those of subscriptions that are over by then not at all. */
  readonly isPlanned: boolean;
  /** What is still to be expanded. */
  plan: readonly PlannedDelivery[] | null;
  isGone: boolean;
}

export interface DeliveryFact {
  readonly id: string;
  readonly projectId: string;
  readonly key: DeliveryKey;
  /** Subscription and line, if the subscription is ordered and the event has a key. */
  readonly lane: string | null;
  place: number;
  readonly parks: boolean;
  state: DeliveryState;
  /** Of the present lease, or of the one that settled it. */
  token: string | null;
  dueAt: number;
  attempt: number;
  attemptBase: number;
  isRedriven: boolean;
  /** Hand-overs of an inbox whose caller was gone: counted, and given back without loss. */
  givenBack: number;
}

/** What must be true of the store by everything it has answered so far, kept apart from it. */
export interface Facts {
  readonly world: World;
  readonly events: Map<string, EventFact>;
  /** In the order of commits, per project. */
  readonly feeds: Map<string, EventFact[]>;
  readonly idempotency: Map<string, string>;
  readonly lines: Map<string, number>;
  readonly deliveries: Map<string, DeliveryFact>;
  readonly ofEvent: Map<string, DeliveryFact[]>;
  readonly ofSubscription: Map<string, DeliveryFact[]>;
  readonly lanes: Map<string, DeliveryFact[]>;
  readonly tokens: Set<string>;
  readonly subscriptions: Map<string, Subscription>;
  readonly jobs: Map<string, Job>;
  /** Shard → owner, fence, end. */
  readonly owners: Map<number, { readonly ownerId: string; readonly fence: number; readonly until: number }>;
  /** Since when nothing of a subscription may go out: a pause or delete was answered. */
  readonly stoppedSince: Map<string, number>;
}

export function makeFacts(world: World): Facts {
  return {
    world,
    events: new Map(),
    feeds: new Map(),
    idempotency: new Map(),
    lines: new Map(),
    deliveries: new Map(),
    ofEvent: new Map(),
    ofSubscription: new Map(),
    lanes: new Map(),
    tokens: new Set(),
    subscriptions: new Map(),
    jobs: new Map(),
    owners: new Map(),
    stoppedSince: new Map(),
  };
}

export interface NewDeliveryFact {
  readonly key: DeliveryKey;
  readonly dueAt: number;
  readonly ordered: boolean;
  readonly parks: boolean;
  /** Null: the event's own. */
  readonly place: number | null;
}

/** Adds a delivery that is absent. */
export function addDelivery(facts: Facts, event: EventFact, made: NewDeliveryFact): void {
  const { key, dueAt, ordered, parks } = made;
  const { subscriptionId } = key;
  const fact: DeliveryFact = {
    id: nameOf(key),
    ...{ projectId: event.projectId, key, dueAt, parks },
    lane: ordered && event.line !== null ? `${subscriptionId} ${event.line}` : null,
    place: made.place ?? event.place,
    ...{ state: "pending", token: null, attempt: 0, attemptBase: 0, isRedriven: false, givenBack: 0 },
  };
  facts.deliveries.set(fact.id, fact);
  listOf(facts.ofEvent, event.id).push(fact);
  listOf(facts.ofSubscription, subscriptionId).push(fact);
  if (fact.lane !== null) listOf(facts.lanes, fact.lane).push(fact);
}

export function nameOf({ eventId, subscriptionId, cause }: DeliveryKey): string {
  return `${eventId}/${subscriptionId}/${cause}`;
}

export function findDelivery(facts: Facts, key: DeliveryKey): DeliveryFact | undefined {
  return facts.deliveries.get(nameOf(key));
}

/** An event goes with all it has. */
export function removeEvent(facts: Facts, event: EventFact): void {
  event.isGone = true;
  event.plan = null;
  for (const fact of facts.ofEvent.get(event.id) ?? []) {
    facts.deliveries.delete(fact.id);
    drop(facts.ofSubscription.get(fact.key.subscriptionId), fact);
    if (fact.lane !== null) drop(facts.lanes.get(fact.lane), fact);
  }
  facts.ofEvent.delete(event.id);
}

/** The next place of a line. */
export function nextPlace(facts: Facts, line: string): number {
  const place = (facts.lines.get(line) ?? 0) + 1;
  facts.lines.set(line, place);
  return place;
}

/** True while a subscription takes deliveries at `now`. */
export function takesDeliveries(facts: Facts, subscriptionId: string, now: number): boolean {
  const subscription = facts.subscriptions.get(subscriptionId);
  if (subscription === undefined) return false;
  const state = stateAt(subscription, now);
  return state !== "ended" && state !== "deleted";
}

/** Whoever goes before this delivery in its lane, or is out in it at `now`. */
export function inTheWayOf(facts: Facts, fact: DeliveryFact, now: number): DeliveryFact | undefined {
  if (fact.lane === null) return undefined;
  return facts.lanes.get(fact.lane)?.find((other) => {
    if (other === fact) return false;
    return isAheadOf(other, fact) || (other.state === "leased" && other.dueAt > now);
  });
}

/** Stands before it in the same lane and holds it. */
export function isAheadOf({ place, state, parks }: DeliveryFact, fact: DeliveryFact): boolean {
  return place < fact.place && holdsLane(state, { key: "", position: 0, parks });
}

export function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: V[] = [];
  lists.set(key, list);
  return list;
}

function drop<T>(list: T[] | undefined, item: T): void {
  const at = list?.indexOf(item) ?? -1;
  if (at >= 0) list?.splice(at, 1);
}
