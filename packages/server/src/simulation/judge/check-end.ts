import { isOpen } from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import type { Store } from "../../store/store.ts";
import { EPOCH } from "../world/world.ts";
import { type Facts, nameOf, takesDeliveries } from "./facts.ts";
import type { Ledger } from "./ledger.ts";

/** What has not come to an end yet, for a person; null: everything has. */
export function findUnended(facts: Facts, ledger: Ledger): string | null {
  const now = EPOCH + facts.world.scheduler.now();
  // What is open of a subscription that is over reads as cancelled or dead.
  const open = [...facts.deliveries.values()].find(
    ({ state, key }) => isOpen(state) && takesDeliveries(facts, key.subscriptionId, now),
  );
  if (open !== undefined) return `${open.id} is ${open.state}, due ${(open.dueAt - EPOCH) / 1_000} s`;
  const planned = [...facts.events.values()].find(({ plan }) => plan !== null);
  if (planned !== undefined) return `${planned.id} has an unexpanded plan`;
  const job = [...facts.jobs.values()].find(({ state }) => state === "running");
  if (job !== undefined) return `job ${job.id} (${job.kind}) still runs`;
  for (const { projectId, seen } of ledger.readers) {
    const last = facts.feeds.get(projectId)?.findLast(({ isGone }) => !isGone);
    if (last !== undefined && !seen.includes(last.id))
      return `a reader has not seen ${last.id}, the last event`;
  }
  return null;
}

/** The store holds what it has answered, no more and no less. */
export async function checkStore(facts: Facts, ledger: Ledger, store: Store): Promise<void> {
  const { fail } = facts.world;
  const now = EPOCH + facts.world.scheduler.now();
  const found = new Map<string, string>();
  for (const projectId of new Set([...ledger.wishes.values()].map((wish) => wish.projectId))) {
    let after: DeliveryKey | null = null;
    do {
      const request = {
        ...{
          projectId,
          subscriptionId: null,
          eventId: null,
          state: null,
          createdFrom: null,
          createdTo: null,
        },
        ...{ after, limit: 1_000, now },
      };
      const page: Awaited<ReturnType<Store["listDeliveries"]>> = await store.listDeliveries(request);
      for (const { delivery } of page.views) found.set(nameOf(delivery), delivery.state);
      after = page.after;
    } while (after !== null);
  }
  for (const fact of facts.deliveries.values()) {
    const state = found.get(fact.id);
    if (state === undefined) fail("what was acknowledged exists", `delivery ${fact.id} is not there`);
    else if (state !== fact.state)
      fail("a settle is final", `${fact.id} is ${state} instead of ${fact.state}`);
    found.delete(fact.id);
  }
  for (const [name] of found)
    fail("every event has exactly its deliveries", `${name} is there and should not be`);
  await checkEvents(facts, ledger, store);
}

async function checkEvents(facts: Facts, ledger: Ledger, store: Store): Promise<void> {
  const now = EPOCH + facts.world.scheduler.now();
  for (const { eventId, projectId, answeredAt, deleteCalledAt } of ledger.posts) {
    if (eventId === null || answeredAt === null || deleteCalledAt !== null) continue;
    if (facts.events.get(eventId)?.isGone === true) continue;
    const [event] = await store.readEvents(projectId, [eventId], now);
    if (event === undefined)
      facts.world.fail("what was acknowledged exists", `event ${eventId} is not there`);
  }
}

/** Each reader has seen every event that is there, and nothing that never was. */
export function checkFeeds(facts: Facts, ledger: Ledger): void {
  for (const { projectId, seen } of ledger.readers) {
    const known = new Set(seen);
    const missed = facts.feeds.get(projectId)?.find(({ id, isGone }) => !isGone && !known.has(id));
    if (missed !== undefined) facts.world.fail("the feed has no gap", `a reader never saw ${missed.id}`);
    const ghost = seen.find((id) => !facts.events.has(id));
    if (ghost !== undefined)
      facts.world.fail("the feed has no gap", `a reader saw ${ghost}, which was never committed`);
  }
}
