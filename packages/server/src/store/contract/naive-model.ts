import type { Delivery } from "../../domain/delivery.ts";
import type { Cause, DeliveryKey } from "../../domain/ids.ts";
import type { Priority } from "../../domain/priority.ts";
import type { Subscription, SubscriptionState } from "../../domain/subscription.ts";
import type { AddedDelivery } from "../delivery-store.ts";
import type {
  EventRecord,
  ExpandOutcome,
  ExpireRequest,
  PlannedDelivery,
  RecordOutcome,
} from "../event-store.ts";

/** A delivery of the model: a row of one flat list, changed in place and found by looking at all of them. */
export type Line = { -readonly [Field in keyof Delivery]: Delivery[Field] };

export interface ModelEvent {
  readonly id: string;
  readonly at: number;
  readonly key: string | null;
  readonly position: number;
  readonly priority: Priority;
  readonly bytes: number;
  readonly dueAt: number;
  readonly expiresAt: number;
  /** What is still to be made of its deliveries. */
  plan: PlannedDelivery[] | null;
}

/** What a store of one project must answer, written as plainly as can be and sharing no rule with the product. */
export interface Model {
  now: number;
  readonly projectId: string;
  readonly subscriptions: Map<string, Subscription>;
  /** In the order of commits. */
  readonly events: ModelEvent[];
  readonly lines: Line[];
  readonly positions: Map<string, number>;
  readonly idempotency: Map<string, { readonly fingerprint: string; readonly eventId: string }>;
}

export function makeModel(projectId: string, now: number, subscriptions: readonly Subscription[]): Model {
  return {
    now,
    projectId,
    subscriptions: new Map(subscriptions.map((subscription) => [subscription.id, subscription])),
    events: [],
    lines: [],
    positions: new Map(),
    idempotency: new Map(),
  };
}

export function stateNow(model: Model, subscriptionId: string): SubscriptionState | "unknown" {
  const subscription = model.subscriptions.get(subscriptionId);
  if (subscription === undefined) return "unknown";
  const isOver = subscription.expiresAt !== null && model.now >= subscription.expiresAt;
  return isOver && subscription.state !== "deleted" ? "ended" : subscription.state;
}

export function findLine(model: Model, key: DeliveryKey): Line | undefined {
  return model.lines.find((line) => isSame(line, key));
}

export function isSame(one: DeliveryKey, other: DeliveryKey): boolean {
  return (
    one.eventId === other.eventId && one.subscriptionId === other.subscriptionId && one.cause === other.cause
  );
}

export function recordInModel(model: Model, { event, ...record }: EventRecord): RecordOutcome {
  if (record.idempotency !== null) {
    const { kind, keyIndex, fingerprint } = record.idempotency;
    const known = model.idempotency.get(`${kind} ${keyIndex}`);
    if (known !== undefined && known.fingerprint !== fingerprint) return { outcome: "key_reused" };
    if (known !== undefined) return { outcome: "replayed", eventId: known.eventId };
    model.idempotency.set(`${kind} ${keyIndex}`, { fingerprint, eventId: event.id });
  }
  const key = event.orderingKeyIndex;
  const isPlanned =
    record.isWide || (key !== null && model.events.some((one) => one.key === key && one.plan !== null));
  const made: ModelEvent = {
    id: event.id,
    at: model.now,
    key,
    position: key === null ? 0 : nextPosition(model, key),
    priority: event.priority,
    bytes: event.bytes,
    dueAt: record.dueAt,
    expiresAt: event.expiresAt,
    plan: isPlanned ? [...record.plan] : null,
  };
  model.events.push(made);
  if (!isPlanned) for (const entry of record.plan) addLine(model, made, lineOf(made, entry));
  return { outcome: "created", isPlanned };
}

function nextPosition(model: Model, key: string): number {
  const position = (model.positions.get(key) ?? 0) + 1;
  model.positions.set(key, position);
  return position;
}

export function moveToEnd(model: Model, line: Line): void {
  if (line.lane !== null) line.lane = { ...line.lane, position: nextPosition(model, line.lane.key) };
}

interface Made {
  readonly subscriptionId: string;
  readonly cause: Cause;
  readonly dueAt: number;
  readonly lane: Delivery["lane"];
}

function lineOf(event: ModelEvent, { subscriptionId, ordered, parks }: PlannedDelivery): Made {
  const lane = ordered && event.key !== null ? { key: event.key, position: event.position, parks } : null;
  return { subscriptionId, cause: "live", dueAt: event.dueAt, lane };
}

function addLine(model: Model, event: ModelEvent, made: Made): void {
  model.lines.push({
    projectId: model.projectId,
    eventId: event.id,
    ...made,
    state: "pending",
    stateReason: null,
    rank: { high: 0, normal: 2, low: 4 }[event.priority],
    attempt: 0,
    attemptBase: 0,
    takeovers: 0,
    leaseToken: null,
    leasedAt: null,
    bytes: event.bytes,
    createdAt: model.now,
    settledAt: null,
    expiresAt: event.expiresAt,
  });
}

function takesDeliveries(model: Model, subscriptionId: string): boolean {
  return ["active", "paused", "disabled"].includes(stateNow(model, subscriptionId));
}

export function expandInModel(model: Model, eventId: string, limit: number): ExpandOutcome {
  const event = model.events.find(({ id }) => id === eventId);
  if (event === undefined || event.plan === null) return { outcome: "no_plan" };
  const first = model.events.find(({ key, plan }) => key !== null && key === event.key && plan !== null);
  if (first !== undefined && first !== event) return { outcome: "behind", eventId: first.id };
  const subscriptionIds: string[] = [];
  while (event.plan.length > 0 && subscriptionIds.length < limit) {
    const entry = event.plan.shift();
    if (entry === undefined || !takesDeliveries(model, entry.subscriptionId)) continue;
    const made = lineOf(event, entry);
    if (findLine(model, { ...made, eventId }) !== undefined) continue;
    addLine(model, event, made);
    subscriptionIds.push(entry.subscriptionId);
  }
  const isComplete = event.plan.length === 0;
  if (isComplete) event.plan = null;
  return { outcome: "expanded", subscriptionIds, isComplete };
}

export function addInModel(model: Model, added: AddedDelivery): number {
  const event = model.events.find(({ id }) => id === added.eventId);
  if (event === undefined || !takesDeliveries(model, added.subscriptionId)) return 0;
  if (findLine(model, added) !== undefined) return 0;
  const { subscriptionId, cause, dueAt, ordered, parks, takesNewPosition } = added;
  const { lane } = lineOf(event, { subscriptionId, ordered, parks });
  const place =
    lane !== null && takesNewPosition ? { ...lane, position: nextPosition(model, lane.key) } : lane;
  addLine(model, event, { subscriptionId, cause, dueAt, lane: place });
  return 1;
}

export function deleteInModel(model: Model, eventId: string): "deleted" | "not_found" {
  const place = model.events.findIndex(({ id }) => id === eventId);
  if (place < 0) return "not_found";
  model.events.splice(place, 1);
  for (let index = model.lines.length - 1; index >= 0; index--)
    if (model.lines[index]?.eventId === eventId) model.lines.splice(index, 1);
  return "deleted";
}

/** All steps of retention at once. */
export function expireInModel(
  model: Model,
  bounds: Pick<ExpireRequest, "settledBefore" | "backlogBefore" | "goneBefore">,
) {
  const removed: string[] = [];
  const expired: string[] = [];
  for (const event of [...model.events]) {
    const lines = model.lines.filter(({ eventId }) => eventId === event.id);
    const isSettled =
      event.plan === null && lines.every(({ state }) => state === "acknowledged" || state === "cancelled");
    if (event.at < bounds.goneBefore || (event.at < bounds.settledBefore && isSettled)) {
      deleteInModel(model, event.id);
      removed.push(event.id);
    } else if (event.at < bounds.backlogBefore)
      for (const line of lines.filter(({ state }) => state === "pending" || state === "leased")) {
        Object.assign(line, { state: "dead", stateReason: "expired", settledAt: model.now });
        expired.push(`${line.subscriptionId} ${event.id}`);
      }
  }
  return { removed: removed.length, expired: expired.toSorted() };
}
