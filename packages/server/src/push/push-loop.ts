import { makeDeliverWebhook } from "./deliver-webhook.ts";
import { type Loop, type LoopParts, MOST_RUNNING, makeReady } from "./loop-state.ts";
import { makeOwnEndpoints } from "./own-endpoints.ts";
import { makePushTargets } from "./push-targets.ts";
import { readTargets } from "./read-targets.ts";
import type { Sender } from "./sender.ts";
import { serveTarget } from "./serve-target.ts";
import { makeSettleGroup } from "./settle-group.ts";
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

const TICK_MS = 3_000;
/** Subscriptions that one round looks at, so that it takes a few ms. */
const LOOKED_AT = 1_000;
/** How long a stop waits for requests that run. */
const STOP_MS = 5_000;

export function makePushLoop(parts: PushParts): PushLoop {
  const { clock, wakeups, sender } = parts;
  const settles = makeSettleGroup(parts);
  const loop = makeLoop(parts, makeDeliverWebhook({ ...parts, settles }));
  let stopListening = () => {};
  let cancelTick = () => {};
  const tick = () => goRound(loop);

  function schedule(): void {
    cancelTick = clock.after(TICK_MS, () => {
      void tick()
        .catch(parts.onError)
        .finally(() => {
          if (!loop.isStopped) schedule();
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
      loop.isStopped = true;
      stopListening();
      cancelTick();
      for (const cancel of loop.timers.values()) cancel();
      const hasEnded = await waitForEnd(loop, STOP_MS);
      await sender.close();
      if (!hasEnded) await waitForEnd(loop, STOP_MS);
      await settles.drain();
      await loop.own.release();
    },
  };
}

function makeLoop(parts: PushParts, deliver: Loop["deliver"]): Loop {
  const { random, clock, store, userAgent } = parts;
  const ownerId = Buffer.from(random.bytes(12)).toString("base64url");
  const loop: Loop = {
    ...{ parts, deliver, own: makeOwnEndpoints({ store, clock, ownerId }) },
    targets: makePushTargets(userAgent, () => random.number()),
    ...{ ready: new Set(), timers: new Map(), lookedAt: 0, running: 0, isPumping: false, isStopped: false },
    pump: () => pump(loop),
  };
  return loop;
}

/** Ownership, then targets, then lost wake-ups. */
async function goRound(loop: Loop): Promise<void> {
  const hasMoved = await loop.own.tick();
  if (hasMoved) await readTargets(loop.parts, loop.own, loop.targets);
  await findDue(loop);
  pump(loop);
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

/** Looks which subscriptions have something due, some in each round: wake-ups may be lost. */
async function findDue(loop: Loop): Promise<void> {
  const { parts, targets } = loop;
  const ids = [...targets.ids()];
  const start = loop.lookedAt < ids.length ? loop.lookedAt : 0;
  const looked = ids.slice(start, start + LOOKED_AT);
  loop.lookedAt = start + looked.length;
  const refs = looked.map((subscriptionId) => ({
    projectId: targets.get(subscriptionId)?.subscription.projectId ?? "",
    subscriptionId,
  }));
  const now = parts.clock.now();
  const dueAt = await parts.store.nextDueAt(refs);
  for (const [index, at] of dueAt.entries()) {
    const id = looked[index];
    if (id !== undefined && at !== null && at <= now) loop.ready.add(id);
  }
}

/** Serves the ready ones in turn, each as far as its slots go; one round at a time, so that none is leased for twice. */
function pump(loop: Loop): void {
  if (loop.isPumping || loop.isStopped) return;
  loop.isPumping = true;
  loop.parts.clock.soon(() => {
    const ids = [...loop.ready];
    loop.ready.clear();
    void Promise.allSettled(ids.map((id) => serveTarget(loop, id))).then((served) => {
      for (const one of served) if (one.status === "rejected") loop.parts.onError(one.reason);
      loop.isPumping = false;
      if (loop.ready.size > 0 && loop.running < MOST_RUNNING) pump(loop);
    });
  });
}

async function waitForEnd(loop: Loop, ms: number): Promise<boolean> {
  const { clock } = loop.parts;
  const until = clock.monotonic() + ms;
  while (loop.running > 0 && clock.monotonic() < until) {
    await new Promise<void>((resolve) => clock.after(10, resolve));
  }
  return loop.running === 0;
}
