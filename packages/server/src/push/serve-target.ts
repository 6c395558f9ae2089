import type { Verdict } from "../domain/judge-response.ts";
import { drawLowerFirst } from "../domain/priority.ts";
import type { LeaseOutcome } from "../store/delivery-store.ts";
import { type Loop, lookAgain, makeReady } from "./loop-state.ts";
import type { PushTarget } from "./push-targets.ts";
import { giveSlotsBack, type SlotSources, type TakenSlots, takeSlots } from "./take-slots.ts";
import { waitForSlot, wakeWaiting } from "./wait-for-slot.ts";

/** A lease outlives its request by so much: time to settle. */
const SETTLE_MS = 15_000;
/** At most so many are leased for one subscription at a time. */
const MOST_LEASED = 100;
const MOST_BYTES = 4 * 1024 * 1024;
/** After a lease that gave all that was due: until it is asked when the next one is. Whatever becomes due before is told by a wake-up. */
const NEXT_LOOK_MS = 100;
/** After a lease that failed. */
const RETRY_MS = 1_000;

/** Leases for one subscription as many deliveries as there are free slots, and sends them. */
export async function serveTarget(loop: Loop, id: string): Promise<void> {
  const { parts, own, targets } = loop;
  const target = targets.get(id);
  const fence = target === undefined ? null : own.fenceOf(target.shard);
  if (target === undefined || fence === null || loop.isStopped) return;
  const taker = { projectId: target.subscription.projectId, shard: target.shard };
  const now = parts.clock.monotonic();
  const slots = takeSlots(sourcesOf(loop, target), taker, { now, wanted: MOST_LEASED });
  if (slots.count === 0) return waitForSlot(loop, target, slots.taker);
  try {
    const outcome = await lease(loop, target, { fence, limit: slots.count });
    const leased = outcome.outcome === "leased" ? outcome.deliveries.length : 0;
    giveBack(loop, target, { ...slots, count: slots.count - leased });
    if (outcome.outcome === "leased") afterLease(loop, target, { outcome, slots, fence });
  } catch (error) {
    giveBack(loop, target, slots);
    lookAgain(loop, id, RETRY_MS);
    throw error;
  }
}

function sourcesOf({ slots }: Loop, { pace, endpoint }: PushTarget): SlotSources {
  return { subscription: pace, endpoint: endpoint.pace, process: slots };
}

function lease(
  { parts }: Loop,
  { subscription, shard, webhook }: PushTarget,
  { fence, limit }: { readonly fence: number; readonly limit: number },
): Promise<LeaseOutcome> {
  const { clock, random, store } = parts;
  const now = clock.now();
  return store.leaseDeliveries({
    projectId: subscription.projectId,
    subscriptionId: subscription.id,
    owner: { shard, fence },
    leaseId: Buffer.from(random.bytes(16)).toString("base64url"),
    now,
    until: now + webhook.timeoutSeconds * 1_000 + SETTLE_MS,
    limit,
    lowerFirst: drawLowerFirst(limit, () => random.number()),
    maxBytes: MOST_BYTES,
  });
}

interface Leased {
  readonly outcome: Extract<LeaseOutcome, { outcome: "leased" }>;
  /** What the lease was for. */
  readonly slots: TakenSlots;
  /** What it was made under. */
  readonly fence: number;
}

function afterLease(loop: Loop, target: PushTarget, leased: Leased): void {
  const { outcome, slots } = leased;
  const { deliveries, died, nextDueAt } = outcome;
  const { id } = target.subscription;
  for (const delivery of died) void loop.parts.flow.tellDead(delivery).catch(loop.parts.onError);
  if (deliveries.length > 0) begin(loop, target, leased);
  if (deliveries.length + died.length >= slots.count) makeReady(loop, id);
  else if (deliveries.length + died.length > 0) lookAgain(loop, id, NEXT_LOOK_MS);
  else if (nextDueAt !== null) lookAgain(loop, id, Math.max(1, nextDueAt - loop.parts.clock.now()));
}

function begin(loop: Loop, target: PushTarget, { outcome, slots, fence }: Leased): void {
  const run = {
    isProbe: slots.isProbe,
    // A process that stood still may find its leases, and its endpoints, in other hands.
    maySend: () => loop.own.fenceOf(target.shard) === fence,
    onEnd: (verdict: Verdict) => {
      loop.slots.giveBack(slots.taker, 1);
      // Nothing more is sent while its end is being written. Should that fail, it is read again with all others.
      if (verdict.outcome === "gone") loop.targets.remove(target.subscription.id);
      wakeWaiting(loop, target);
    },
  };
  const delivering: Promise<void> = loop
    .deliver(target, outcome.deliveries, run)
    .catch(loop.parts.onError)
    .finally(() => loop.delivering.delete(delivering));
  loop.delivering.add(delivering);
}

function giveBack(loop: Loop, target: PushTarget, slots: TakenSlots): void {
  if (slots.count === 0) return;
  giveSlotsBack(sourcesOf(loop, target), slots, loop.parts.clock.monotonic());
  wakeWaiting(loop, target);
}
