import { randomBytes } from "node:crypto";
import { makeIdSource } from "../../domain/ids.ts";
import type { Clock } from "../../flow/clock.ts";
import { type OpenFlow, openFlow } from "../../flow/open-flow.ts";
import type { CreatedWebhook, NewWebhook } from "../../flow/views.ts";
import { makeMasterKey } from "../../seal/master-key.ts";
import { makeSealer } from "../../seal/sealer.ts";
import { openMemoryStore } from "../../store/memory/open-memory-store.ts";
import type { Store } from "../../store/store.ts";
import { makeLocalWakeups } from "../../wakeups/local-wakeups.ts";
import { makePushLoop, type PushLoop } from "../push-loop.ts";
import { openSender } from "../send-webhook.ts";

export interface TestPush {
  readonly flow: OpenFlow;
  readonly store: Store;
  readonly projectId: string;
  readonly loop: PushLoop;
  readonly errors: unknown[];
  /** A webhook to `url` that takes everything. */
  subscribe(
    url: string,
    fields?: Partial<Omit<NewWebhook, "webhook">> & { webhook?: Partial<NewWebhook["webhook"]> },
  ): Promise<CreatedWebhook>;
  /** Another loop on the same store, with wake-ups of its own. */
  openLoop(change?: (store: Store) => Store): PushLoop;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => {
    setImmediate(run);
  },
};

/** The product and its push loop over the memory store, with real time and real sockets on loopback. */
export async function openTestPush(open: () => Promise<Store> = openMemoryStore): Promise<TestPush> {
  const store = await open();
  const clock = realClock;
  const errors: unknown[] = [];
  const random = { number: Math.random, bytes: randomBytes };
  const masterKey = makeMasterKey(randomBytes(32), randomBytes);
  const sealer = makeSealer({
    store,
    masterKey,
    isEncrypting: true,
    randomBytes,
    monotonicMs: clock.monotonic,
  });
  const onError = (error: unknown) => errors.push(error);
  const shared = { store, sealer, clock, random, wakeups: makeLocalWakeups(), onError };
  const keep = { retentionMs: 30 * DAY_MS, backlogMs: 90 * DAY_MS, idempotencyMs: 7 * DAY_MS };
  const flow = openFlow({
    ...shared,
    keep,
    nextId: makeIdSource(randomBytes),
    alert: null,
    isSweeping: true,
  });
  await flow.ensureFirstProject(null);
  const [project] = await store.listProjects({ afterId: null, limit: 1 });
  const projectId = project?.id ?? "";
  const loops: PushLoop[] = [];
  const openLoop = (change: (store: Store) => Store = (same) => same) => {
    const sender = openSender({ allowNetworks: ["127.0.0.0/8"] });
    const renderEvent = (view: { event: { id: string } }) =>
      Buffer.from(JSON.stringify({ id: view.event.id }));
    const parts = {
      ...shared,
      store: change(store),
      sender,
      renderEvent,
      flow: flow.push,
      userAgent: "triggers-api/test",
    };
    const loop = makePushLoop(parts);
    loops.push(loop);
    return loop;
  };
  const loop = openLoop();
  loop.start();
  return {
    ...{ flow, store, projectId, loop, errors, openLoop },
    subscribe: (url, fields = {}) => flow.createWebhook(projectId, newWebhook(url, fields)),
    async close() {
      await Promise.all(loops.map((one) => one.stop()));
      await flow.close();
      await store.close();
    },
  };
}

function newWebhook(
  url: string,
  { webhook, ...fields }: Parameters<TestPush["subscribe"]>[1] & object,
): NewWebhook {
  return {
    ...{
      name: null,
      filter: null,
      ordered: false,
      onDead: "park",
      maxAttempts: 10,
      labels: [],
      expiresAt: null,
    },
    ...{ startFrom: "now", scheduleSeconds: [0, 0.05], secret: null },
    ...fields,
    webhook: {
      url,
      format: "payload",
      headers: {},
      timeoutSeconds: 5,
      ratePerSecond: null,
      maxInFlight: 10,
      ...webhook,
    },
  };
}

/** Resolves when `holds()` is true; looks after every turn of the event loop. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const endsAt = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > endsAt) throw new Error("it did not come about in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
