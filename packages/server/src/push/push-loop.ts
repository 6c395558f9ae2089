import type { Delivery } from "../domain/delivery.ts";
import { drawLowerFirst } from "../domain/priority.ts";
import type { Clock, Randomness } from "../flow/clock.ts";
import type { PushFlow } from "../flow/push-flow.ts";
import type { LeaseOutcome } from "../store/delivery-store.ts";
import type { Store } from "../store/store.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import { type DeliverWebhook, makeDeliverWebhook } from "./deliver-webhook.ts";
import { makeOwnEndpoints, type OwnEndpoints } from "./own-endpoints.ts";
import { type Grant, takeSlots } from "./pace-endpoint.ts";
import { makePushTargets, type PushTarget, type PushTargets } from "./push-targets.ts";
import { readTargets } from "./read-targets.ts";
import { openSender } from "./send-webhook.ts";
import { makeSettleGroup, type SettleGroup } from "./settle-group.ts";
import type { RenderEvent } from "./webhook-body.ts";

/** Pushes deliveries to webhooks: an inbox consumer that runs inside. Several loops may share a store. */
export interface PushLoop {
  /** One round of everything that comes round: ownership, targets, lost wake-ups. */
  tick(): Promise<void>;
  start(): void;
  /** Leases nothing new, lets what runs end (or gives it back), settles it, gives the endpoints to others. */
  stop(): Promise<void>;
}

export interface PushParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly wakeups: Wakeups;
  readonly flow: PushFlow;
  readonly renderEvent: RenderEvent;
  readonly allowNetworks: readonly string[];
  readonly userAgent: string;
  readonly onError: (error: unknown) => void;
}

const TICK_MS = 3_000;
/** A lease outlives its request by so much: time to settle. */
const SETTLE_MS = 15_000;
/** At most so many are leased for one subscription at a time. */
const MOST_LEASED = 100;
const MOST_BYTES = 4 * 1024 * 1024;
/** Requests over all endpoints that one process keeps open. */
const MOST_RUNNING = 2_000;
/** A later time is looked at again on the way: timers of the platform end after 24 days. */
const LONGEST_TIMER_MS = 3_600_000;
/** Subscriptions that one round looks at, so that it takes a few ms. */
const LOOKED_AT = 1_000;
/** How long a stop waits for requests that run. */
const STOP_MS = 5_000;

export function makePushLoop(parts: PushParts): PushLoop {
  const { clock, random, wakeups } = parts;
  const ownerId = Buffer.from(random.bytes(12)).toString("base64url");
  const own = makeOwnEndpoints({ store: parts.store, clock, ownerId });
  const targets = makePushTargets(parts.userAgent, () => random.number());
  const settles = makeSettleGroup(parts);
  const sender = openSender({ allowNetworks: parts.allowNetworks });
  const deliver = makeDeliverWebhook({ ...parts, sender, settles });
  const state: LoopState = {
    ready: new Set(),
    timers: new Map(),
    lookedAt: 0,
    running: 0,
    isPumping: false,
    isStopped: false,
  };
  const loop: Loop = { parts, own, targets, settles, deliver, state };
  let stopListening = () => {};
  let cancelTick = () => {};

  async function tick(): Promise<void> {
    const hasMoved = await own.tick();
    if (hasMoved) await readTargets(parts, own, targets);
    await findDue(loop);
    pump(loop);
  }

  function schedule(): void {
    cancelTick = clock.after(TICK_MS, () => {
      void tick()
        .catch(parts.onError)
        .finally(() => {
          if (!state.isStopped) schedule();
        });
    });
  }

  return {
    tick,
    start() {
      stopListening = wakeups.listenAll((topic) => hear(loop, topic));
      clock.soon(() => void tick().catch(parts.onError));
      schedule();
    },
    async stop() {
      state.isStopped = true;
      stopListening();
      cancelTick();
      for (const cancel of state.timers.values()) cancel();
      const hasEnded = await waitFor(loop, STOP_MS);
      await sender.close();
      if (!hasEnded) await waitFor(loop, STOP_MS);
      await settles.drain();
      await own.release();
    },
  };
}

interface LoopState {
  /** Subscriptions that may have something due. */
  readonly ready: Set<string>;
  /** When others will be looked at again. */
  readonly timers: Map<string, () => void>;
  /** Where the next round of looking begins. */
  lookedAt: number;
  running: number;
  isPumping: boolean;
  isStopped: boolean;
}

interface Loop {
  readonly parts: PushParts;
  readonly own: OwnEndpoints;
  readonly targets: PushTargets;
  readonly settles: SettleGroup;
  readonly deliver: DeliverWebhook;
  readonly state: LoopState;
}

function hear(loop: Loop, topic: string): void {
  const [kind, first = "", second = ""] = topic.split(":");
  if (kind === "deliveries" && loop.targets.get(first) !== undefined) makeReady(loop, first);
  if (kind === "subscription") void refresh(loop, first, second).catch(loop.parts.onError);
}

/** A subscription was made or changed. */
async function refresh(loop: Loop, projectId: string, id: string): Promise<void> {
  const { parts, own, targets } = loop;
  const view = await parts.flow.readTarget(projectId, id);
  if (view === null) return;
  const { endpointShard } = view.subscription;
  if (endpointShard === null || own.fenceOf(endpointShard) === null) return;
  targets.put(view, parts.clock.now());
  makeReady(loop, id);
}

function makeReady(loop: Loop, id: string): void {
  loop.state.ready.add(id);
  pump(loop);
}

/** Looks which subscriptions have something due, some in each round: wake-ups may be lost. */
async function findDue({ parts, targets, state }: Loop): Promise<void> {
  const ids = [...targets.ids()];
  const start = state.lookedAt < ids.length ? state.lookedAt : 0;
  const looked = ids.slice(start, start + LOOKED_AT);
  state.lookedAt = start + looked.length;
  const refs = looked.map((subscriptionId) => ({
    projectId: targets.get(subscriptionId)?.subscription.projectId ?? "",
    subscriptionId,
  }));
  const now = parts.clock.now();
  const dueAt = await parts.store.nextDueAt(refs);
  for (const [index, at] of dueAt.entries()) {
    const id = looked[index];
    if (id !== undefined && at !== null && at <= now) state.ready.add(id);
  }
}

/** Serves the ready ones in turn, each as far as its slots go; one at a time, so that none is leased for twice. */
function pump(loop: Loop): void {
  const { state, parts } = loop;
  if (state.isPumping || state.isStopped) return;
  state.isPumping = true;
  parts.clock.soon(() => {
    void serveReady(loop)
      .catch(parts.onError)
      .finally(() => {
        state.isPumping = false;
        if (state.ready.size > 0 && state.running < MOST_RUNNING) pump(loop);
      });
  });
}

async function serveReady(loop: Loop): Promise<void> {
  const { state } = loop;
  const ids = [...state.ready];
  state.ready.clear();
  await Promise.all(ids.map((id) => serve(loop, id)));
}

async function serve(loop: Loop, id: string): Promise<void> {
  const { parts, own, targets, state } = loop;
  const target = targets.get(id);
  const fence = target === undefined ? null : own.fenceOf(target.shard);
  if (target === undefined || fence === null || state.isStopped) return;
  const wanted = Math.min(MOST_LEASED, MOST_RUNNING - state.running);
  const grant = takeSlots(
    { subscription: target.pace, endpoint: target.endpoint },
    parts.clock.monotonic(),
    wanted,
  );
  if (grant.count === 0) return lookAgain(loop, id, waitOf(loop, target));
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
    loop.state.ready.add(id);
  } else if (nextDueAt !== null) {
    lookAgain(loop, id, Math.max(1, nextDueAt - loop.parts.clock.now()));
  }
}

function begin(
  loop: Loop,
  target: PushTarget,
  { deliveries, grant }: { readonly deliveries: readonly Delivery[]; readonly grant: Grant },
): void {
  const { parts, state, deliver } = loop;
  state.running += deliveries.length;
  void deliver(target, deliveries, {
    isProbe: grant.isProbe,
    onEnd: () => {
      state.running -= 1;
      makeReady(loop, target.subscription.id);
    },
  }).catch(parts.onError);
}

function giveBack({ parts }: Loop, { pace, endpoint }: PushTarget, grant: Grant): void {
  if (grant.count === 0) return;
  const now = parts.clock.monotonic();
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
  const { state, parts } = loop;
  state.timers.get(id)?.();
  state.timers.delete(id);
  if (inMs === null || state.isStopped) return;
  const cancel = parts.clock.after(Math.min(inMs, LONGEST_TIMER_MS), () => {
    state.timers.delete(id);
    makeReady(loop, id);
  });
  state.timers.set(id, cancel);
}

async function waitFor({ parts, state }: Loop, ms: number): Promise<boolean> {
  const until = parts.clock.monotonic() + ms;
  while (state.running > 0 && parts.clock.monotonic() < until) {
    await new Promise<void>((resolve) => parts.clock.after(10, resolve));
  }
  return state.running === 0;
}
