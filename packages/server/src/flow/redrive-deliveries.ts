import type { Delivery } from "../domain/delivery.ts";
import { TriggersError } from "../domain/errors.ts";
import { type DeliveryKey, deliveryId, parseDeliveryId } from "../domain/ids.ts";
import type { Job } from "../domain/job.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { DeliveryView } from "../store/delivery-store.ts";
import type { Store } from "../store/store.ts";
import { deliveryTopic } from "../wakeups/topics.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import type { Clock } from "./clock.ts";
import { openReason, sealReason } from "./delivery-reason.ts";
import { requireSeal } from "./require-seal.ts";
import { type RunJobs, type RunStep, readJobInput } from "./run-jobs.ts";
import type { Counted, RedriveWish } from "./views.ts";

const STEP = 200;
/** A dry run counts so far. */
const MOST_COUNTED = 100_000;

export interface RedriveParts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  readonly jobs: RunJobs;
}

export function deliveryNotFound(): TriggersError {
  return new TriggersError("not_found", "There is no delivery with this id.");
}

/** Tries one dead letter again, with a fresh number of attempts. */
export async function redriveDelivery(
  { store, clock, wakeups }: RedriveParts,
  projectId: string,
  key: DeliveryKey,
): Promise<Delivery> {
  const outcome = await store.redriveDelivery({ projectId, key, now: clock.now() });
  switch (outcome.outcome) {
    case "redriven":
      wakeups.wake(deliveryTopic(key.subscriptionId));
      return outcome.delivery;
    case "refused":
      throw new TriggersError(
        "delivery_not_dead",
        "Only a dead delivery of a subscription that goes on can be redriven.",
      );
    case "not_found":
      throw deliveryNotFound();
  }
}

/** Gives up one pending or dead delivery and frees its lane. */
export async function cancelDelivery(
  { store, clock, wakeups, sealer }: RedriveParts,
  projectId: string,
  { key, reason }: { readonly key: DeliveryKey; readonly reason: string | null },
): Promise<Delivery> {
  const seal = await requireSeal(sealer, projectId);
  const sealed = sealReason(seal, key, reason);
  const outcome = await store.cancelDelivery({ projectId, key, reason: sealed, now: clock.now() });
  switch (outcome.outcome) {
    case "cancelled":
      wakeups.wake(deliveryTopic(key.subscriptionId));
      return { ...outcome.delivery, stateReason: reason };
    case "refused":
      throw new TriggersError("delivery_settled", "Only a pending or a dead delivery can be cancelled.");
    case "not_found":
      throw deliveryNotFound();
  }
}

export async function startRedrive(
  { jobs }: RedriveParts,
  projectId: string,
  wish: RedriveWish,
): Promise<Job> {
  const job = await jobs.create(projectId, "redrive", wish);
  jobs.kick();
  return job;
}

/** How many dead letters a redrive would take, counted up to 100,000. */
export async function countRedrive(
  parts: RedriveParts,
  projectId: string,
  wish: RedriveWish,
): Promise<Counted> {
  let count = 0;
  let after: DeliveryKey | null = null;
  do {
    const page = await readDead(parts, projectId, { wish, after, limit: 1_000 });
    count += page.dead.length;
    after = page.after;
  } while (after !== null && count < MOST_COUNTED);
  return { count, more: after !== null };
}

/** The steps of a redrive. */
export function makeRedrive(parts: RedriveParts): RunStep {
  return async (job, now) => {
    const { projectId } = job;
    const wish = readJobInput<RedriveWish>(job);
    const after = job.position === null ? null : parseDeliveryId(job.position);
    const page = await readDead(parts, projectId, { wish, after, limit: STEP });
    let done = 0;
    for (const { delivery } of page.dead) {
      // What died after the redrive was asked for is left alone: it would go round for ever.
      if ((delivery.settledAt ?? now) > job.createdAt) continue;
      const outcome = await parts.store.redriveDelivery({ projectId, key: delivery, now });
      if (outcome.outcome === "redriven") done += 1;
    }
    for (const id of new Set(page.dead.map(({ delivery }) => delivery.subscriptionId)))
      parts.wakeups.wake(deliveryTopic(id));
    if (page.after === null) return { done, next: "finished" };
    return { done, next: "go_on", position: deliveryId(page.after) };
  };
}

async function readDead(
  { store, clock, sealer }: RedriveParts,
  projectId: string,
  {
    wish,
    after,
    limit,
  }: { readonly wish: RedriveWish; readonly after: DeliveryKey | null; readonly limit: number },
): Promise<{ readonly dead: readonly DeliveryView[]; readonly after: DeliveryKey | null }> {
  const page = await store.listDeliveries({
    ...{ projectId, subscriptionId: wish.subscriptionId, eventId: null, state: "dead" },
    ...{ createdFrom: wish.after, createdTo: wish.before, after, limit, now: clock.now() },
  });
  if (wish.reason === null) return { dead: page.views, after: page.after };
  const seal = await requireSeal(sealer, projectId);
  const reasons = await Promise.all(
    page.views.map(({ delivery }) => openReason(seal, delivery, delivery.stateReason)),
  );
  return { dead: page.views.filter((_view, index) => reasons[index] === wish.reason), after: page.after };
}
