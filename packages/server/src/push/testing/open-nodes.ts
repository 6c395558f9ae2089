import { randomBytes } from "node:crypto";
import type { AttemptResult } from "../../domain/attempt-result.ts";
import { deliveryId, makeIdSource } from "../../domain/ids.ts";
import { type OpenFlow, openFlow } from "../../flow/open-flow.ts";
import { type MasterKey, makeMasterKey } from "../../seal/master-key.ts";
import { makeSealer } from "../../seal/sealer.ts";
import type { SettleOutcome, SettleRequest } from "../../store/delivery-store.ts";
import { openMemoryStore } from "../../store/memory/open-memory-store.ts";
import type { Store } from "../../store/store.ts";
import { makeLocalWakeups } from "../../wakeups/local-wakeups.ts";
import { makePushLoop, type PushLoop } from "../push-loop.ts";
import type { Sender, WebhookRequest } from "../sender.ts";
import { makeVirtualTime, type VirtualProcess, type VirtualTime } from "./virtual-time.ts";

/** One request as its endpoint sees it, in virtual ms. */
export interface SeenRequest {
  readonly node: string;
  readonly url: string;
  readonly deliveryId: string;
  readonly from: number;
  until: number;
}

/** A settle as it was asked for, and what the store said. */
export interface SeenSettle {
  readonly node: string;
  readonly request: SettleRequest;
  readonly outcome: SettleOutcome["outcome"];
  /** The newest lease of the delivery when it was asked. */
  readonly newestToken: string | undefined;
}

/** A process with a flow, a push loop and wake-ups of its own, on the store that all share. */
export interface TestNode {
  readonly process: VirtualProcess;
  readonly flow: OpenFlow;
  readonly loop: PushLoop;
}

export interface TestNodes {
  readonly time: VirtualTime;
  readonly store: Store;
  readonly requests: readonly SeenRequest[];
  readonly settles: readonly SeenSettle[];
  readonly errors: readonly unknown[];
  open(name: string): Promise<TestNode>;
}

interface Options {
  /** After how long an endpoint answers 200. */
  readonly answerMs: (url: string) => number;
  /** Called when the store has handed out to a node, before the node hears of it. */
  readonly onLease: (node: string) => void;
}

interface World extends Options {
  readonly time: VirtualTime;
  readonly store: Store;
  readonly masterKey: MasterKey;
  readonly requests: SeenRequest[];
  readonly settles: SeenSettle[];
  readonly errors: unknown[];
  /** The newest lease of each delivery. */
  readonly tokens: Map<string, string>;
}

const DAY_MS = 86_400_000;
const ANSWER: AttemptResult = {
  ...{ statusCode: 200, errorCode: null, retryAfter: null, excerpt: Buffer.alloc(0), durationMs: 0 },
};

/** Nodes in virtual time over one memory store. */
export async function openNodes(options: Options): Promise<TestNodes> {
  const world: World = {
    ...options,
    time: makeVirtualTime(Date.UTC(2026, 0, 1)),
    store: await openMemoryStore(),
    masterKey: makeMasterKey(randomBytes(32), randomBytes),
    ...{ requests: [], settles: [], errors: [], tokens: new Map() },
  };
  return { ...world, open: (name) => openNode(world, name) };
}

async function openNode(world: World, name: string): Promise<TestNode> {
  const process = world.time.makeProcess();
  const { clock } = process;
  const store = storeOf(world, name, process);
  const onError = (error: unknown) => world.errors.push(error);
  const random = { number: () => 0.5, bytes: randomBytes };
  const sealer = makeSealer({
    ...{ store, masterKey: world.masterKey, isEncrypting: true, randomBytes },
    monotonicMs: clock.monotonic,
  });
  const shared = { store, sealer, clock, random, wakeups: makeLocalWakeups(), onError };
  const keep = { retentionMs: 30 * DAY_MS, backlogMs: 90 * DAY_MS, idempotencyMs: 7 * DAY_MS };
  const flow = openFlow({
    ...{ ...shared, keep, nextId: makeIdSource(randomBytes), alert: null, isSweeping: true },
  });
  await flow.ensureFirstProject(null);
  const loop = makePushLoop({
    ...{ ...shared, flow: flow.push, userAgent: "triggers-api/test" },
    sender: senderOf(world, name, process),
    renderEvent: ({ event }) => Buffer.from(event.id),
  });
  loop.start();
  return { process, flow, loop };
}

/** The shared store as one node has it: what it answers reaches a frozen node later. */
function storeOf(world: World, node: string, process: VirtualProcess): Store {
  const { store, tokens } = world;
  const held = Object.entries(store).map(([name, value]) => {
    if (typeof value !== "function") return [name, value] as const;
    const call = value as (...args: unknown[]) => Promise<unknown>;
    return [name, (...args: unknown[]) => process.hold(call(...args))] as const;
  });
  const leaseDeliveries: Store["leaseDeliveries"] = async (request) => {
    const outcome = await store.leaseDeliveries(request);
    if (outcome.outcome !== "leased" || outcome.deliveries.length === 0) return outcome;
    for (const delivery of outcome.deliveries) tokens.set(deliveryId(delivery), delivery.leaseToken ?? "");
    world.onLease(node);
    return outcome;
  };
  const settleDeliveries: Store["settleDeliveries"] = async (request) => {
    const newest = request.settles.map((settle) => tokens.get(deliveryId(settle)));
    const outcomes = await store.settleDeliveries(request);
    for (const [index, { outcome }] of outcomes.entries()) {
      const settle = request.settles[index];
      if (settle !== undefined)
        world.settles.push({ node, request: settle, outcome, newestToken: newest[index] });
    }
    return outcomes;
  };
  return {
    ...(Object.fromEntries(held) as unknown as Store),
    leaseDeliveries: (request) => process.hold(leaseDeliveries(request)),
    settleDeliveries: (request) => process.hold(settleDeliveries(request)),
  };
}

/** Endpoints in virtual time. They go on while the node is frozen. */
function senderOf(world: World, node: string, process: VirtualProcess): Sender {
  const { time, answerMs, requests } = world;
  const endpoint = time.makeProcess();
  const send = ({ target, headers }: WebhookRequest) =>
    new Promise<AttemptResult>((resolve) => {
      const url = target.origin + target.path;
      const id = headers[headers.indexOf("webhook-id") + 1] ?? "";
      const request = {
        node,
        url,
        deliveryId: id,
        from: time.now(),
        until: Infinity,
      };
      requests.push(request);
      endpoint.clock.after(answerMs(url), () => {
        request.until = time.now();
        resolve(ANSWER);
      });
    });
  return {
    send: (request) => process.hold(send(request)),
    running: () => 0,
    origins: () => 0,
    close: () => Promise.resolve(),
  };
}
