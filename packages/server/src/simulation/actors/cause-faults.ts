import type { Ledger } from "../judge/ledger.ts";
import type { Cluster } from "../world/cluster.ts";
import type { Node } from "../world/node.ts";
import type { StoreLink } from "../world/store-link.ts";
import { drawWeather } from "../world/weather.ts";
import type { Wire } from "../world/wire.ts";
import type { World } from "../world/world.ts";

export interface FaultParts {
  readonly world: World;
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly link: StoreLink;
  readonly wire: Wire;
  readonly projectId: string;
}

/** Lets things go wrong, one after the other and on top of each other. */
export async function causeFaults(parts: FaultParts, isOver: () => boolean): Promise<void> {
  const { world } = parts;
  const { random } = world;
  while (!isOver()) {
    await world.sleep(random.between(300, 5_000));
    if (!isOver()) random.pick(FAULTS)(parts);
  }
}

const FAULTS: readonly ((parts: FaultParts) => void)[] = [
  crash,
  crash,
  crash,
  stop,
  hang,
  sleep,
  setWall,
  restartStore,
  changeWeather,
  changeEndpoint,
  changeEndpoint,
  changeEndpoint,
];

function pickLiving({ world, cluster }: FaultParts): Node | null {
  return world.random.pickOf(cluster.nodes.filter(({ machine }) => machine.isUp() && !machine.isPaused()));
}

function crash(parts: FaultParts): void {
  const { world, ledger, link } = parts;
  const node = pickLiving(parts);
  if (node === null) return;
  ledger.troubles += 1;
  node.machine.crash();
  link.forget(node.machine);
  bootAfter(world, node, world.random.between(10, 8_000));
}

function bootAfter(world: World, node: Node, ms: number): void {
  world.scheduler.after(ms, () => {
    if (!node.machine.isUp()) node.boot();
  });
}

function stop(parts: FaultParts): void {
  const { world, ledger } = parts;
  const node = pickLiving(parts);
  if (node === null || !node.isServing()) return;
  ledger.troubles += 1;
  const boot = node.machine.generation();
  void node.stop().then(() => bootAfter(world, node, world.random.between(10, 2_000)));
  // Whoever does not stop in time is killed.
  world.scheduler.after(20_000, () => {
    if (node.machine.generation() !== boot || !node.machine.isUp()) return;
    if (node.machine.isPaused()) node.machine.resume();
    node.machine.crash();
    bootAfter(world, node, 10);
  });
}

/** Longer than the leases of consumers, of shards, and than a snapshot of subscriptions is fresh. */
const LONGEST_PAUSE_MS = 25_000;
const SHORTEST_MS = { hang: 200, sleep: 8_000 } as const;

function hang(parts: FaultParts): void {
  pause(parts, "hang");
}

function sleep(parts: FaultParts): void {
  pause(parts, "sleep");
}

function pause(parts: FaultParts, kind: "hang" | "sleep"): void {
  const { world, ledger } = parts;
  const machine = pickLiving(parts)?.machine;
  if (machine === undefined) return;
  ledger.troubles += 1;
  machine.pause(kind);
  const boot = machine.generation();
  world.scheduler.after(world.random.between(SHORTEST_MS[kind], LONGEST_PAUSE_MS), () => {
    if (machine.generation() === boot && machine.isPaused()) machine.resume();
  });
}

function setWall(parts: FaultParts): void {
  const { world } = parts;
  const ms = world.random.pick([-3_600_000, -3_000, -200, 200, 3_000, 3_600_000]);
  pickLiving(parts)?.machine.setWall(ms);
}

function restartStore({ world, link, ledger }: FaultParts): void {
  ledger.troubles += 1;
  link.restart(world.random.between(10, 4_000));
}

function changeWeather({ world, link }: FaultParts): void {
  link.setWeather(drawWeather(world.random));
}

function changeEndpoint({ world, wire, ledger, projectId }: FaultParts): void {
  const { random, scheduler } = world;
  const wish = random.pickOf([...ledger.wishes.values()].filter((one) => one.projectId === projectId));
  if (wish === null || wish.url === null || wire.modeOf(wish.url) === "gone") return;
  const isGone = random.chance(0.05);
  const mode = isGone ? "gone" : random.pick(["well", "flaky", "flaky", "ill"]);
  wire.setMode(wish.url, mode);
  if (isGone) wish.overFrom = Math.min(wish.overFrom, scheduler.now());
}
