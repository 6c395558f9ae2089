import { randomBytes } from "node:crypto";
import { makeIdSource } from "../../domain/ids.ts";
import { makeMasterKey } from "../../seal/master-key.ts";
import { makeSealer } from "../../seal/sealer.ts";
import { openMemoryStore } from "../../store/memory/open-memory-store.ts";
import type { Store } from "../../store/store.ts";
import { makeLocalWakeups } from "../../wakeups/local-wakeups.ts";
import type { NewEvent } from "../new-event.ts";
import { type OpenFlow, openFlow } from "../open-flow.ts";
import { type FakeClock, makeFakeClock } from "./fake-clock.ts";

export interface TestFlow {
  readonly flow: OpenFlow;
  readonly store: Store;
  readonly clock: FakeClock;
  /** The first project. */
  readonly projectId: string;
  /** Failures of background work. */
  readonly errors: unknown[];
}

const DAY_MS = 86_400_000;

/** The product over the memory store, with a clock that the test moves. */
export async function openTestFlow(change: (store: Store) => Store = (store) => store): Promise<TestFlow> {
  const store = change(await openMemoryStore());
  const clock = makeFakeClock();
  const errors: unknown[] = [];
  const masterKey = makeMasterKey(randomBytes(32), randomBytes);
  const sealer = makeSealer({
    store,
    masterKey,
    isEncrypting: true,
    randomBytes,
    monotonicMs: clock.monotonic,
  });
  const flow = openFlow({
    store,
    sealer,
    clock,
    random: { number: () => 0.5, bytes: randomBytes },
    wakeups: makeLocalWakeups(),
    nextId: makeIdSource(randomBytes),
    keep: { retentionMs: 30 * DAY_MS, backlogMs: 90 * DAY_MS, idempotencyMs: 7 * DAY_MS },
    onError: (error) => errors.push(error),
    alert: null,
    isSweeping: true,
  });
  await flow.ensureFirstProject(null);
  const [project] = await store.listProjects({ afterId: null, limit: 1 });
  if (project === undefined) throw new Error("there is no first project");
  return { flow, store, clock, projectId: project.id, errors };
}

/** An event as an entrance gives it. */
export function newEvent(fields: Partial<NewEvent> = {}): NewEvent {
  const plain: NewEvent = {
    type: null,
    source: null,
    subject: null,
    occurredAt: null,
    orderingKey: null,
    tags: [],
    priority: "normal",
    metadata: '{"priority":"normal","tags":[]}',
    extensions: null,
    payload: Buffer.from('{"a":1}'),
    contentType: "application/json",
    deliverAt: null,
    trace: null,
    idempotency: null,
  };
  return { ...plain, ...fields };
}

/** An inbox that takes everything. */
export const INBOX = {
  filter: null,
  ordered: false,
  onDead: "park",
  maxAttempts: 10,
  labels: [],
  expiresAt: null,
  startFrom: "now",
} as const;

/** A webhook that takes everything. */
export const WEBHOOK = {
  ...INBOX,
  name: null,
  scheduleSeconds: null,
  secret: null,
  webhook: {
    url: "https://example.com/hook",
    format: "event",
    headers: {},
    timeoutSeconds: 15,
    ratePerSecond: null,
    maxInFlight: 10,
  },
} as const;

/** A wish to lease at once. */
export function leaseWish(
  fields: { limit?: number; leaseSeconds?: number; waitSeconds?: number; signal?: AbortSignal } = {},
) {
  const plain = { limit: 10, leaseSeconds: 60, waitSeconds: 0, maxBytes: 4 * 1024 * 1024 };
  return { ...plain, signal: new AbortController().signal, ...fields };
}
