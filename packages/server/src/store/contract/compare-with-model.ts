import { expect } from "vitest";
import type { Delivery } from "../../domain/delivery.ts";
import { findable, isBlockedInModel, lanesInModel, nextDueInModel } from "./naive-lease.ts";
import { stateNow } from "./naive-model.ts";
import { attemptName, type ModelRun } from "./run-commands.ts";
import { keyOf } from "./scene.ts";

/** Everything a store shows must be what the model holds. */
export async function compareWithModel(run: ModelRun): Promise<void> {
  await compareEvents(run);
  await compareDeliveries(run);
  for (const subscriptionId of run.subscriptionIds) await compareSubscription(run, subscriptionId);
}

async function compareEvents({ store, model, projectId, eventIds }: ModelRun): Promise<void> {
  const ids = model.events.map(({ id }) => id);
  const stored = await store.readEvents(projectId, eventIds, model.now);
  expect(stored.map(({ id }) => id)).toEqual(ids);
  const request = { projectId, after: null, subjectIndex: null, limit: 1_000, now: model.now };
  const page = await store.readFeed(request);
  expect(page.outcome === "page" ? page.items.map(({ event }) => event.id) : page).toEqual(ids);
  const planned = model.events.filter(({ plan }) => plan !== null);
  expect(await store.listPlans(1_000)).toEqual(planned.map(({ id: eventId }) => ({ projectId, eventId })));
}

async function compareDeliveries({ store, model, projectId, eventIds, attempts }: ModelRun): Promise<void> {
  const rows = await store.readDeliveriesOfEvents(projectId, eventIds);
  expect(sorted(rows)).toEqual(sorted(model.lines));
  for (const line of model.lines) {
    const key = keyOf(line);
    expect((await store.readDelivery(projectId, key))?.isBlocked).toBe(isBlockedInModel(model, line));
    const { maxAttempts = 0 } = model.subscriptions.get(line.subscriptionId) ?? {};
    expect(line.attempt - line.attemptBase).toBeLessThanOrEqual(maxAttempts);
    const written = await store.readAttempts(projectId, key);
    expect(written.map(({ number }) => number)).toEqual(attempts.get(attemptName(key)) ?? []);
  }
}

async function compareSubscription(
  { store, model, projectId }: ModelRun,
  subscriptionId: string,
): Promise<void> {
  const own = model.lines.filter((line) => line.subscriptionId === subscriptionId);
  for (const state of ["pending", "leased", "dead"] as const) {
    const count = own.filter((line) => line.state === state).length;
    expect(await store.countDeliveries(projectId, subscriptionId, state)).toEqual({ count, more: false });
  }
  const lanes = await store.listLanes({ projectId, subscriptionId, afterKey: null, limit: 1_000 });
  expect(lanes).toEqual(lanesInModel(model, subscriptionId));
  expect(await store.nextDueAt([{ projectId, subscriptionId }])).toEqual([
    nextDueInModel(model, subscriptionId),
  ]);
  const isOver = ["ended", "deleted"].includes(stateNow(model, subscriptionId));
  const request = { projectId, subscriptionId, now: model.now, after: null, limit: 1_000 };
  const waiting = await store.listWaiting(request);
  expect(sorted(waiting)).toEqual(isOver ? [] : sorted(findable(model, subscriptionId)));
}

function sorted(deliveries: readonly Delivery[]): Delivery[] {
  return deliveries.toSorted((a, b) => (attemptName(a) < attemptName(b) ? -1 : 1));
}
