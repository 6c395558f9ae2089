import { expect } from "vitest";
import type { Delivery } from "../../domain/delivery.ts";
import type { StoredEvent } from "../../domain/event.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { DeliveryView, LeaseRequest, SettleRequest, SettleVerb } from "../delivery-store.ts";
import type { EventRecord } from "../event-store.ts";
import type { Store } from "../store.ts";
import {
  idAt,
  makeEvent,
  makeProject,
  makeRecord,
  makeSubscription,
  planFor,
  SECOND,
  T0,
} from "./make-records.ts";

/** A store under test, and a project in it. */
export interface Scene {
  readonly store: Store;
  readonly projectId: string;
}

export type OpenScene = () => Promise<Scene>;

/** Adds a project with its main inbox to the same store. */
export async function addProject(store: Store): Promise<Scene> {
  const made = makeProject();
  expect(await store.createProject(made, false)).toBe("created");
  return { store, projectId: made.project.id };
}

export async function subscribe(scene: Scene, fields: Partial<Subscription> = {}): Promise<Subscription> {
  const subscription = makeSubscription(scene.projectId, fields);
  expect(await scene.store.createSubscription(subscription)).toEqual({ outcome: "created" });
  return subscription;
}

/** Changes a subscription as its newest version stands, and gives the new one. */
export async function change(scene: Scene, id: string, fields: Partial<Subscription>): Promise<Subscription> {
  const known = await scene.store.readSubscription(scene.projectId, id);
  if (known === null) throw new Error("no such subscription");
  const changed = { ...known, ...fields, version: known.version + 1 };
  expect(await scene.store.changeSubscription(changed)).toBe("changed");
  return changed;
}

export interface Recording extends Partial<Omit<EventRecord, "event" | "plan">> {
  readonly to: readonly Subscription[];
  readonly event?: Partial<StoredEvent> & { at?: number };
  /** Blind index of the ordering key. */
  readonly key?: string;
}

/** Records one event for these subscriptions and gives it. */
export async function record(scene: Scene, { to, event, key, ...fields }: Recording): Promise<StoredEvent> {
  const stored = makeEvent(scene.projectId, { orderingKeyIndex: key ?? null, ...event });
  const [outcome] = await scene.store.recordEvents([makeRecord(stored, { plan: planFor(...to), ...fields })]);
  expect(outcome?.outcome).toBe("created");
  return stored;
}

/** Records several events one after the other and gives their ids. */
export async function recordMany(scene: Scene, count: number, recording: Recording): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made++) ids.push((await record(scene, recording)).id);
  return ids;
}

type Leasing = Partial<LeaseRequest> & { readonly from: Subscription };

export function leaseRequest(scene: Scene, { from, ...fields }: Leasing): LeaseRequest {
  const now = fields.now ?? T0 + SECOND;
  return {
    projectId: scene.projectId,
    subscriptionId: from.id,
    owner: null,
    leaseId: `lease-${idAt(T0)}`,
    now,
    until: now + 60 * SECOND,
    limit: 10,
    lowerFirst: 0,
    maxBytes: 4 * 1024 * 1024,
    ...fields,
  };
}

/** Leases, at `T0` + 1 s for a minute unless said otherwise, and gives the deliveries. */
export async function lease(scene: Scene, leasing: Leasing): Promise<readonly Delivery[]> {
  const outcome = await scene.store.leaseDeliveries(leaseRequest(scene, leasing));
  if (outcome.outcome !== "leased") throw new Error(`not leased: ${outcome.outcome}`);
  return outcome.deliveries;
}

/** Leases exactly one delivery. */
export async function leaseOne(scene: Scene, leasing: Leasing): Promise<Delivery> {
  const [delivery] = await lease(scene, { limit: 1, ...leasing });
  if (delivery === undefined) throw new Error("nothing was leased");
  return delivery;
}

export const ACKNOWLEDGE: SettleVerb = { kind: "acknowledge" };
export const BURY: SettleVerb = { kind: "bury", reason: null };

export function releaseAt(
  dueAt: number,
  fields: Partial<Extract<SettleVerb, { kind: "release" }>> = {},
): SettleVerb {
  return { kind: "release", dueAt, reason: null, maxAttempts: 10, isLate: false, ...fields };
}

export function settleRequest(delivery: Delivery, verb: SettleVerb, fields: Partial<SettleRequest> = {}) {
  return { ...keyOf(delivery), token: delivery.leaseToken ?? "", verb, attempt: null, ...fields };
}

/** Settles one delivery with the token it carries, at `T0` + 2 s unless said otherwise; gives the name of the outcome. */
export async function settle(
  scene: Scene,
  delivery: Delivery,
  { verb, now = T0 + 2 * SECOND, ...fields }: { verb: SettleVerb; now?: number } & Partial<SettleRequest>,
): Promise<string> {
  const settles = [settleRequest(delivery, verb, fields)];
  const [outcome] = await scene.store.settleDeliveries({ projectId: scene.projectId, now, settles });
  return outcome?.outcome ?? "none";
}

export function keyOf({ eventId, subscriptionId, cause }: DeliveryKey): DeliveryKey {
  return { eventId, subscriptionId, cause };
}

/** The key of the live delivery of an event to a subscription. */
export function liveKey(eventId: string, { id }: Subscription): DeliveryKey {
  return { eventId, subscriptionId: id, cause: "live" };
}

export async function view(scene: Scene, key: DeliveryKey): Promise<DeliveryView> {
  const found = await scene.store.readDelivery(scene.projectId, key);
  if (found === null) throw new Error("no such delivery");
  return found;
}

export async function stateOf(scene: Scene, key: DeliveryKey): Promise<string> {
  return (await view(scene, key)).delivery.state;
}

export function eventIds(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ eventId }) => eventId);
}
