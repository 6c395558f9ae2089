import type { KeepTimes } from "../flow/accept-events.ts";
import { openMemoryStore } from "../store/memory/open-memory-store.ts";
import type { Store } from "../store/store.ts";
import { type Facts, makeFacts } from "./judge/facts.ts";
import { judge } from "./judge/judge.ts";
import { type Ledger, makeLedger } from "./judge/ledger.ts";
import { checkArrival, noteRequest } from "./judge/see-requests.ts";
import type { Plant } from "./plants/plant.ts";
import { drawScenario, type Scenario } from "./scenario.ts";
import { type SetUp, setUp } from "./setup.ts";
import { type Cluster, makeCluster } from "./world/cluster.ts";
import { makeMachine } from "./world/machine.ts";
import { makeNode, makeSimulatedKey, type NodeParts } from "./world/node.ts";
import { type Commit, wrapStore } from "./world/operations.ts";
import { makeStoreLink, type StoreLink } from "./world/store-link.ts";
import { makeWakeupBus } from "./world/wakeup-bus.ts";
import { makeWire, type Wire } from "./world/wire.ts";
import type { World } from "./world/world.ts";

/** Everything of one run. */
export interface Stage {
  readonly world: World;
  readonly scenario: Scenario;
  readonly facts: Facts;
  readonly ledger: Ledger;
  readonly cluster: Cluster;
  readonly link: StoreLink;
  readonly wire: Wire;
  /** What is really stored, beside everything that can go wrong. */
  readonly store: Store;
  readonly start: SetUp;
}

const DAY_MS = 86_400_000;
const KEEP: KeepTimes = { retentionMs: 30 * DAY_MS, backlogMs: 90 * DAY_MS, idempotencyMs: 7 * DAY_MS };
const KEEP_SHORTLY: KeepTimes = { ...KEEP, retentionMs: 20_000 };
/** With replicas. A snapshot of subscriptions is used for 2 s, a write takes effect within 1 s, clocks differ by less than 2 s. */
const MATCH_DELAY_MS = 5_000;

/** Sets the stage of a seed: a store with what was there before, nodes that are not booted yet, endpoints. */
export async function openStage(world: World, plant: Plant | undefined): Promise<Stage> {
  const scenario = drawScenario(world.random);
  world.trace.note("scenario", () => JSON.stringify(scenario));
  const facts = makeFacts(world);
  const ledger = makeLedger();
  const memory = await openMemoryStore();
  const store = { ...memory, ...plant?.store?.(memory, world) };
  const onCommit = (commit: Commit) => judge(facts, memory, commit);
  const link = makeStoreLink(world, {
    ...{ store, onCommit, isEmbedded: scenario.nodes === 1 },
    matchDelayMs: scenario.nodes === 1 ? 0 : MATCH_DELAY_MS,
  });
  const masterKey = makeSimulatedKey(world);
  const keep = scenario.forgets ? KEEP_SHORTLY : KEEP;
  const start = await setUp(world, scenario, { store: watch(store, onCommit), masterKey, keep, ledger });
  const wire = makeWire(world, {
    onRequest: (name) => noteRequest(facts, ledger, name),
    onArrival: (name) => checkArrival(facts, ledger, name),
  });
  const bus = makeWakeupBus(world, scenario.wakeupReach);
  const parts: NodeParts = {
    store: link.connect,
    sender: (machine) => plant?.sender?.(wire.connect(machine)) ?? wire.connect(machine),
    wakeups: (machine) => plant?.wakeups?.(bus.connect(machine)) ?? bus.connect(machine),
    ...{ masterKey, keep, isSweeping: plant?.isSweeping ?? true },
  };
  const nodes = Array.from({ length: scenario.nodes }, (_, index) =>
    makeNode(world, makeMachine(world, `node-${index + 1}`), parts),
  );
  const cluster = makeCluster(world, nodes);
  return { world, scenario, facts, ledger, cluster, link, wire, store: memory, start };
}

/** The store without a way to it. */
function watch(store: Store, onCommit: (commit: Commit) => Promise<void>): Store {
  return wrapStore(store, async ({ name, args, run }) => {
    const outcome = await run();
    await onCommit({ name, args, outcome, calledAt: 0 } as unknown as Commit);
    return outcome;
  });
}
