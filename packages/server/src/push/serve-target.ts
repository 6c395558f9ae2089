import type { Delivery } from "../domain/delivery.ts";
import { drawLowerFirst } from "../domain/priority.ts";
import type { LeaseOutcome } from "../store/delivery-store.ts";
import { type Loop, MOST_RUNNING, makeReady } from "./loop-state.ts";
import { type Grant, takeSlots } from "./pace-endpoint.ts";
import type { PushTarget } from "./push-targets.ts";

/** A lease outlives its request by so much: time to settle. */
const SETTLE_MS = 15_000;
/** At most so many are leased for one subscription at a time. */
const MOST_LEASED = 100;
const MOST_BYTES = 4 * 1024 * 1024;
/** A later time is looked at again on the way: timers of the platform end after 24 days. */
const LONGEST_TIMER_MS = 3_600_000;

/** Leases for one subscription as many deliveries as its endpoint has free slots, and sends them. */
export async function serveTarget(loop: Loop, id: string): Promise<void> {
  const { parts, own, targets } = loop;
  const target = targets.get(id);
  const fence = target === undefined ? null : own.fenceOf(target.shard);
  if (target === undefined || fence === null || loop.isStopped) return;
  const wanted = Math.min(MOST_LEASED, MOST_RUNNING - loop.running);
  if (wanted <= 0) {
    // Another request's end looks at all that are ready.
    loop.ready.add(id);
    return;
  }
  const slots = { subscription: target.pace, endpoint: target.endpoint };
  const grant = takeSlots(slots, parts.clock.monotonic(), wanted);
  if (grant.count === 0) return lookAgain(loop, id, waitOf(loop, target));
  loop.running += grant.count;
  try {
    const outcome = await lease(loop, target, { fence, grant });
    const deliveries = outcome.outcome === "leased" ? outcome.deliveries : [];
    giveBack(loop, target, { ...grant, count: grant.count - deliveries.length });
    if (outcome.outcome === "leased") afterLease(loop, target, { outcome, grant });
  } catch (error) {
    giveBack(loop, target, grant);
    lookAgain(loop, id, 1_000);
    throw error;
  }
}

function lease(
  { parts }: Loop,
  { subscription, shard, webhook }: PushTarget,
  hold: { readonly fence: number; readonly grant: Grant },
): Promise<LeaseOutcome> {
  const { clock, random, store } = parts;
  const now = clock.now();
  const limit = hold.grant.count;
  return store.leaseDeliveries({
    projectId: subscription.projectId,
    subscriptionId: subscription.id,
    owner: { shard, fence: hold.fence },
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
  readonly grant: Grant;
}

function afterLease(loop: Loop, target: PushTarget, { outcome, grant }: Leased): void {
  const { deliveries, died, nextDueAt } = outcome;
  const { id } = target.subscription;
  for (const delivery of died) void loop.parts.flow.tellDead(delivery).catch(loop.parts.onError);
  if (deliveries.length > 0) {
    begin(loop, target, { deliveries, grant });
    loop.ready.add(id);
  } else if (nextDueAt !== null) {
    lookAgain(loop, id, Math.max(1, nextDueAt - loop.parts.clock.now()));
  }
}

function begin(
  loop: Loop,
  target: PushTarget,
  { deliveries, grant }: { readonly deliveries: readonly Delivery[]; readonly grant: Grant },
): void {
  const onEnd = () => {
    loop.running -= 1;
    makeReady(loop, target.subscription.id);
  };
  void loop.deliver(target, deliveries, { isProbe: grant.isProbe, onEnd }).catch(loop.parts.onError);
}

function giveBack(loop: Loop, { pace, endpoint }: PushTarget, grant: Grant): void {
  if (grant.count === 0) return;
  loop.running -= grant.count;
  const now = loop.parts.clock.monotonic();
  pace.giveBack(now, grant.count);
  endpoint.giveBack(now, grant);
}

/** Until there may be a slot; null: the end of a request will tell. */
function waitOf({ parts }: Loop, { pace, endpoint }: PushTarget): number | null {
  const now = parts.clock.monotonic();
  const ofPace = pace.nextAt(now);
  const ofEndpoint = endpoint.nextAt(now);
  return ofPace === null || ofEndpoint === null ? null : Math.max(1, ofPace - now, ofEndpoint - now);
}

function lookAgain(loop: Loop, id: string, inMs: number | null): void {
  const { timers, parts } = loop;
  timers.get(id)?.();
  timers.delete(id);
  if (inMs === null || loop.isStopped) return;
  const cancel = parts.clock.after(Math.min(inMs, LONGEST_TIMER_MS), () => {
    timers.delete(id);
    makeReady(loop, id);
  });
  timers.set(id, cancel);
}
