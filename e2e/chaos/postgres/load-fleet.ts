import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { chooseSeed, makeRandom, type Random } from "../../harness/random.ts";
import { consume, drain } from "../consume.ts";
import { balance, type Ledger, makeLedger } from "../ledger.ts";
import type { Plant } from "../plant.ts";
import { produce } from "../produce.ts";
import type { DurablePostgres } from "./open-durable-postgres.ts";
import { type Fleet, openFleet } from "./open-fleet.ts";
import { post, whenReadiness, whenServing } from "./watch-nodes.ts";

const NODES = 2;
const DRAIN_MS = 60_000;
const BACK_MS = 5_000;

/** At each node. */
export interface Callers {
  readonly producers: number;
  readonly consumers: number;
}

/** Nodes under load. */
export interface LoadedFleet {
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  /** Resolves when all callers have ended. */
  readonly load: Promise<unknown>;
}

export function loadFleet(fleet: Fleet, callers: Callers, random: Random): LoadedFleet {
  const ledger = makeLedger();
  const fork = () => makeRandom(random.whole(0, 2 ** 31));
  const load = Promise.all(
    fleet.plants.flatMap((plant) => [
      ...Array.from({ length: callers.producers }, () => produce(plant, ledger, fork())),
      ...Array.from({ length: callers.consumers }, () => consume(plant, ledger, fork())),
    ]),
  );
  return { fleet, ledger, load };
}

/** Two nodes under load. */
export async function openLoadedFleet(
  postgres: DurablePostgres,
  name: string,
  callers: Callers,
): Promise<LoadedFleet & AsyncDisposable> {
  const random = makeRandom(chooseSeed(name));
  const fleet = await openFleet({ urls: Array.from({ length: NODES }, () => postgres.url) });
  return {
    ...loadFleet(fleet, callers, random),
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
}

/** Ends the load and acknowledges what is left; gives one of the nodes. */
export async function endLoad({ fleet, ledger, load }: LoadedFleet): Promise<Plant> {
  fleet.endLoad();
  await load;
  const [first] = fleet.plants;
  if (first === undefined) throw new Error("There is no node.");
  await drain(first, ledger, DRAIN_MS);
  return first;
}

/** Every node takes events and is ready again; then the load ends after `moreMs`, and nothing is amiss. */
export async function expectBack(loaded: LoadedFleet, moreMs = 0): Promise<void> {
  const { fleet, ledger } = loaded;
  const servingMs = await whenServing(fleet, ledger, BACK_MS);
  const readyMs = await whenReadiness(fleet, 200, BACK_MS);
  await delay(moreMs);
  const node = await endLoad(loaded);
  console.log({
    ...{ accepted: ledger.accepted.size, servingMs, readyMs, slowest: fleet.watch.slowestRefusal },
    ...Object.fromEntries(fleet.watch.counts),
  });
  expect(await post(node, ledger)).toBe(201);
  await expectNothingAmiss(loaded, node);
}

/** No answer that an outage does not explain; nothing lost, changed or doubled. */
export async function expectNothingAmiss({ fleet, ledger }: LoadedFleet, { client }: Plant): Promise<void> {
  expect(fleet.watch.faults.slice(0, 20)).toEqual([]);
  expect(ledger.faults.slice(0, 20)).toEqual([]);
  expect(await balance(client, ledger)).toEqual({ lost: 0, changed: 0, doubled: 0 });
}
