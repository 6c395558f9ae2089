import { makeDeliverWebhook } from "./deliver-webhook.ts";
import { findDue } from "./find-due.ts";
import { type Loop, type LoopParts, makeReady } from "./loop-state.ts";
import { makeOpenSlots } from "./open-slots.ts";
import { makeOwnEndpoints } from "./own-endpoints.ts";
import { makePushTargets } from "./push-targets.ts";
import { readTargets } from "./read-targets.ts";
import { makeReadyLines } from "./ready-lines.ts";
import type { Sender } from "./sender.ts";
import { serveTarget } from "./serve-target.ts";
import { makeSettleGroup } from "./settle-group.ts";
import { wakeAnywhere } from "./wait-for-slot.ts";
import type { RenderEvent } from "./webhook-body.ts";

/** Pushes deliveries to webhooks: an inbox consumer that runs inside. Several loops may share a store. */
export interface PushLoop {
  /** One round of everything that comes round: ownership, targets, lost wake-ups. */
  tick(): Promise<void>;
  start(): void;
  /** Leases nothing new, lets what runs end (or gives it back), settles it, gives the endpoints to others. */
  stop(): Promise<void>;
}

export interface PushParts extends LoopParts {
  readonly sender: Sender;
  readonly renderEvent: RenderEvent;
  readonly userAgent: string;
}

/** With the time a shard is held, a crash moves endpoints to another loop within 12 s. */
const TICK_MS = 2_000;
/** All subscriptions are read anew so often: the wake-up that told of a new or changed one may be lost. */
const READ_MS = 60_000;
/** Leases under way at a time: more would only wait for each other, and what becomes ready meanwhile for all of them. */
const MOST_LEASING = 32;
/** Leases that are asked for while events are on their way to the store: the events' answers wait for them. */
const MOST_BEHIND = 4;
/** How long a stop waits for requests that run. */
const STOP_MS = 5_000;

export function makePushLoop(parts: PushParts): PushLoop {
  const { clock, wakeups, sender } = parts;
  const settles = makeSettleGroup(parts);
  const loop = makeLoop(parts, makeDeliverWebhook({ ...parts, settles }));
  let stopListening = () => {};
  let stopLeasingBehind = () => {};
  let cancelTick = () => {};
  const tick = () => goRound(loop);

  /** One round after another: two at a time would each take the other's changes for none. */
  function goRounds(): void {
    if (loop.isStopped) return;
    void tick()
      .catch(parts.onError)
      .finally(() => {
        if (!loop.isStopped) cancelTick = clock.after(TICK_MS, goRounds);
      });
  }

  return {
    tick,
    start() {
      stopListening = wakeups.listenAll((topic) => hear(loop, topic));
      stopLeasingBehind = parts.flow.leaseBehind.join((ids) => serveNow(loop, ids));
      clock.soon(goRounds);
    },
    async stop() {
      loop.isStopped = true;
      stopListening();
      stopLeasingBehind();
      cancelTick();
      for (const cancel of loop.timers.values()) cancel();
      const hasEnded = await waitForEnd(loop, STOP_MS);
      await sender.close();
      if (!hasEnded) await waitForEnd(loop, STOP_MS);
      await Promise.all(loop.delivering);
      await loop.own.release();
    },
  };
}

function makeLoop(parts: PushParts, deliver: Loop["deliver"]): Loop {
  const { random, clock, store, userAgent } = parts;
  const ownerId = Buffer.from(random.bytes(12)).toString("base64url");
  const slots = makeOpenSlots();
  const loop: Loop = {
    ...{ parts, deliver, slots, own: makeOwnEndpoints({ store, clock, ownerId, isIdle: slots.isIdle }) },
    targets: makePushTargets({ userAgent, clock, random: () => random.number() }),
    ...{
      ready: makeReadyLines({
        clock,
        hasRoom: () => !loop.isStopped && loop.leasing.size < MOST_LEASING,
        mayGo: (id) => !loop.leasing.has(id),
        serve: (id) => void serve(loop, id),
        // No request is left whose end could tell those who wait for a slot.
        afterTurn: () => loop.slots.running() === 0 && wakeAnywhere(loop),
      }),
      leasing: new Set(),
      full: new Set(),
      timers: new Map(),
      delivering: new Set(),
    },
    ...{ lookedAt: 0, readAt: Number.NEGATIVE_INFINITY, isStopped: false },
  };
  return loop;
}

/** Ownership, then targets, then lost wake-ups. */
async function goRound(loop: Loop): Promise<void> {
  const hasMoved = await loop.own.tick();
  const now = loop.parts.clock.monotonic();
  if (hasMoved || now - loop.readAt >= READ_MS) {
    // If it fails, the next round reads.
    loop.readAt = Number.NEGATIVE_INFINITY;
    await readTargets(loop.parts, loop.own, loop.targets);
    loop.readAt = now;
  }
  await findDue(loop);
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
  targets.put(view);
  makeReady(loop, id);
}

/** Serves subscriptions whose deliveries are on their way to the store, the lease behind them. */
function serveNow(loop: Loop, ids: ReadonlySet<string>): readonly string[] {
  const served = [...ids].filter((id) => mayServeNow(loop, id)).slice(0, MOST_BEHIND);
  for (const id of served) void serve(loop, id);
  return served;
}

/** An endpoint that does not answer well is served after the commit: no event waits for it. */
function mayServeNow({ targets, own, leasing, isStopped }: Loop, id: string): boolean {
  const target = targets.get(id);
  if (target === undefined || isStopped || leasing.has(id)) return false;
  return target.endpoint.pace.health() === "well" && own.fenceOf(target.shard) !== null;
}

/** As far as its slots go, and not twice at a time. */
async function serve(loop: Loop, id: string): Promise<void> {
  loop.leasing.add(id);
  try {
    await serveTarget(loop, id);
  } catch (error) {
    loop.parts.onError(error);
  } finally {
    loop.leasing.delete(id);
    loop.ready.pump();
  }
}

async function waitForEnd(loop: Loop, ms: number): Promise<boolean> {
  const { clock } = loop.parts;
  const until = clock.monotonic() + ms;
  while (loop.slots.running() > 0 && clock.monotonic() < until) {
    await new Promise<void>((resolve) => clock.after(10, resolve));
  }
  return loop.slots.running() === 0;
}
