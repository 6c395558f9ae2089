import { isOpen } from "../../domain/delivery.ts";
import { timeOfId } from "../../domain/ids.ts";
import type { Job } from "../../domain/job.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { ExpireRequest } from "../../store/event-store.ts";
import type { Store } from "../../store/store.ts";
import type { OwnedShard } from "../../store/subscription-store.ts";
import type { Commit } from "../world/operations.ts";
import { type Facts, removeEvent } from "./facts.ts";
import { apply, seeClosed, seeLease, seeRedrive, seeSettles, seeUnheld } from "./see-deliveries.ts";
import { seeAdded, seeDeleted, seeExpand, seeRecords } from "./see-events.ts";

/** Holds what an operation answers, as it takes effect, against all that was answered before. */
export async function judge(facts: Facts, store: Store, commit: Commit): Promise<void> {
  if (commit.name === "expireEvents") {
    if (commit.outcome.removed > 0) await seeExpired(facts, store, commit.args[0]);
  } else if (commit.name === "closeDeliveries") {
    const { subscriptionId, command } = commit.args[0];
    const state = command.kind === "give_up" ? "dead" : "cancelled";
    await seeClosed(facts, store, { subscriptionId, state, count: commit.outcome });
  } else if (!seeEvents(facts, commit) && !seeDeliveries(facts, commit)) seeOthers(facts, commit);
}

function seeEvents(facts: Facts, commit: Commit): boolean {
  switch (commit.name) {
    case "recordEvents":
      seeRecords(facts, commit.args[0], commit.outcome);
      return true;
    case "expandPlan":
      seeExpand(facts, commit.args[0], commit.outcome);
      return true;
    case "deleteEvent":
      if (commit.outcome === "deleted") seeDeleted(facts, commit.args[1]);
      return true;
    case "addDeliveries": {
      const { deliveries, now } = commit.args[0];
      const count = seeAdded(facts, deliveries, now);
      if (commit.outcome !== count)
        facts.world.fail(
          "every event has exactly its deliveries",
          `${commit.outcome} instead of ${count} were added`,
        );
      return true;
    }
    default:
      return false;
  }
}

function seeDeliveries(facts: Facts, commit: Commit): boolean {
  switch (commit.name) {
    case "leaseDeliveries":
      seeLease(facts, commit.args[0], commit);
      return true;
    case "settleDeliveries":
      seeSettles(facts, commit.args[0].settles, commit.outcome);
      return true;
    case "acknowledgeUnheld":
      if (commit.outcome === "acknowledged") seeUnheld(facts, commit.args[0]);
      return true;
    case "cancelDelivery":
      if (commit.outcome.outcome === "cancelled") apply(facts, commit.outcome.delivery);
      return true;
    case "redriveDelivery":
      if (commit.outcome.outcome === "redriven") seeRedrive(facts, commit.outcome.delivery);
      return true;
    case "exhaustDeliveries":
      for (const delivery of commit.outcome) apply(facts, delivery);
      return true;
    default:
      return false;
  }
}

function seeOthers(facts: Facts, commit: Commit): void {
  switch (commit.name) {
    case "createProject":
      if (commit.outcome === "created") seeSubscription(facts, commit.args[0].mainInbox);
      return;
    case "createSubscription":
      if (commit.outcome.outcome === "created") seeSubscription(facts, commit.args[0]);
      return;
    case "changeSubscription":
      if (commit.outcome === "changed") seeSubscription(facts, commit.args[0]);
      return;
    case "createJob":
      seeJob(facts, commit.args[0]);
      return;
    case "saveJob":
      if (commit.outcome === "saved") seeJob(facts, commit.args[0].job);
      return;
    case "cancelJob": {
      const job = facts.jobs.get(commit.args[1]);
      if (job !== undefined && commit.outcome === "cancelled") seeJob(facts, { ...job, state: "cancelled" });
      return;
    }
    case "claimShards":
      seeOwned(facts, commit.args[0], commit.outcome);
      return;
    case "renewShards":
      seeOwned(facts, commit.args[0], commit.outcome);
      return;
    case "releaseShards":
      for (const { shard } of commit.args[0].shards)
        if (facts.owners.get(shard)?.ownerId === commit.args[0].ownerId) facts.owners.delete(shard);
      return;
    default:
      return;
  }
}

function seeSubscription(facts: Facts, subscription: Subscription): void {
  facts.subscriptions.set(subscription.id, subscription);
}

function seeJob(facts: Facts, job: Job): void {
  facts.jobs.set(job.id, job);
}

function seeOwned(
  facts: Facts,
  { ownerId, now }: { readonly ownerId: string; readonly now: number },
  shards: readonly OwnedShard[],
): void {
  for (const { shard, fence, until } of shards) {
    const held = facts.owners.get(shard);
    if (held !== undefined && held.ownerId !== ownerId && held.until > now)
      facts.world.fail(
        "one owner per endpoint",
        `shard ${shard} is held by ${held.ownerId} until ${held.until}`,
      );
    facts.owners.set(shard, { ownerId, fence, until });
  }
}

/** Retention takes what is settled and old, and nothing else. */
async function seeExpired(facts: Facts, store: Store, request: ExpireRequest): Promise<void> {
  const { projectId, settledBefore, goneBefore, now } = request;
  const old = [...facts.events.values()].filter(
    (event) => event.projectId === projectId && !event.isGone && timeOfId(event.id) < settledBefore,
  );
  const kept = new Set(
    (
      await store.readEvents(
        projectId,
        old.map(({ id }) => id),
        now,
      )
    ).map(({ id }) => id),
  );
  for (const event of old) {
    if (kept.has(event.id)) continue;
    const isWanted = (facts.ofEvent.get(event.id) ?? []).some(
      ({ state }) => isOpen(state) || state === "dead",
    );
    if ((isWanted || event.plan !== null) && timeOfId(event.id) >= goneBefore)
      facts.world.fail("what was acknowledged exists", `retention took ${event.id}, which is not settled`);
    removeEvent(facts, event);
  }
}
