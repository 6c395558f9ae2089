import { makeIdSource } from "../../domain/ids.ts";
import type { KeepTimes } from "../../flow/accept-events.ts";
import type { Clock } from "../../flow/clock.ts";
import { type OpenFlow, openFlow } from "../../flow/open-flow.ts";
import type { EventView } from "../../flow/views.ts";
import { makePushLoop, type PushLoop } from "../../push/push-loop.ts";
import type { Sender } from "../../push/sender.ts";
import { type MasterKey, makeMasterKey } from "../../seal/master-key.ts";
import { makeSealer } from "../../seal/sealer.ts";
import type { Store } from "../../store/store.ts";
import type { Wakeups } from "../../wakeups/wakeups.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** The product on one machine: as `app.ts` puts it together, without HTTP. */
export interface Node {
  readonly machine: Machine;
  /** As of its last boot. */
  flow(): OpenFlow;
  /** Takes calls: up, and not about to stop. */
  isServing(): boolean;
  boot(): void;
  /** A stop as by SIGTERM; then the machine is down. */
  stop(): Promise<void>;
}

export interface NodeParts {
  readonly store: (machine: Machine) => Store;
  readonly sender: (machine: Machine) => Sender;
  readonly wakeups: (machine: Machine) => Wakeups;
  readonly masterKey: MasterKey;
  readonly keep: KeepTimes;
  readonly isSweeping: boolean;
}

export function makeNode(world: World, machine: Machine, parts: NodeParts): Node {
  let isStopping = false;
  let running: { readonly flow: OpenFlow; readonly loop: PushLoop } | null = null;
  const flow = () => {
    if (running === null) throw new Error(`${machine.name} was never booted`);
    return running.flow;
  };
  return {
    machine,
    flow,
    isServing: () => machine.isUp() && !isStopping,
    boot() {
      isStopping = false;
      running = openProduct(world, parts, {
        clock: machine.boot(),
        store: parts.store(machine),
        wakeups: parts.wakeups(machine),
        sender: parts.sender(machine),
      });
      running.loop.start();
    },
    async stop() {
      isStopping = true;
      world.trace.note(`${machine.name} stops`);
      try {
        await running?.loop.stop();
        await running?.flow.close();
      } catch (error) {
        judgeError(world, error);
      }
      machine.crash();
    },
  };
}

interface Hardware {
  readonly clock: Clock;
  readonly store: Store;
  readonly wakeups: Wakeups;
  readonly sender: Sender;
}

function openProduct(world: World, parts: NodeParts, hardware: Hardware) {
  const { random } = world;
  const { clock, store, wakeups, sender } = hardware;
  const sealer = makeSealer({
    store,
    masterKey: parts.masterKey,
    // What is sealed and what not changes nothing that is looked at here, and plain values are faster.
    isEncrypting: false,
    randomBytes: random.bytes,
    monotonicMs: clock.monotonic,
  });
  const onError = (error: unknown) => judgeError(world, error);
  const shared = { store, sealer, clock, random, wakeups, onError };
  const { keep, isSweeping } = parts;
  const nextId = makeIdSource(random.bytes);
  const flow = openFlow({ ...shared, keep, isSweeping, nextId, alert: null });
  const push = { ...shared, sender, flow: flow.push, renderEvent, userAgent: "simulation" };
  return { flow, loop: makePushLoop(push) };
}

/** Only a store that does not answer may disturb the background. */
export function judgeError(world: World, error: unknown): void {
  const isPassing = error instanceof Error && "code" in error && error.code === "storage_unavailable";
  if (!isPassing) world.failWith(error);
}

function renderEvent({ content }: EventView): Uint8Array {
  return content.payload;
}

export function makeSimulatedKey(world: World): MasterKey {
  return makeMasterKey(world.random.bytes(32), world.random.bytes);
}
