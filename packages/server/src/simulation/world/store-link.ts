import { TriggersError } from "../../domain/errors.ts";
import type { Store } from "../../store/store.ts";
import { describeOperation } from "./describe-operation.ts";
import type { Machine } from "./machine.ts";
import { type Commit, isRead, type Operation, wrapStore } from "./operations.ts";
import { makeClusterWay, makeEmbeddedWay, type StoreWay } from "./store-way.ts";
import { CALM, type Weather } from "./weather.ts";
import type { World } from "./world.ts";

/** The way from machines to the one store that they share. Each operation takes effect at once and whole, some time after it was asked for; its answer comes later or never. */
export interface StoreLink {
  connect(machine: Machine): Store;
  setWeather(weather: Weather): void;
  /** The store restarts: what has not taken effect is gone, what was not answered yet never will be. It is back after `ms`. */
  restart(ms: number): void;
  /** What was asked for by a machine that crashes may be dropped or still take effect. */
  forget(machine: Machine): void;
}

export interface LinkOptions {
  /** What it leads to. */
  readonly store: Store;
  /** Called as an operation has taken effect, before it is answered. */
  readonly onCommit: (commit: Commit) => Promise<void>;
  readonly matchDelayMs: number;
  /** The store is a file and a thread of the process: see `makeEmbeddedWay`. */
  readonly isEmbedded: boolean;
}

/** A driver gives up waiting after this. */
const PATIENCE_MS = 2_500;
const REFUSAL_MS = 20;

/** An operation on its way. */
interface Flight {
  readonly machine: Machine;
  readonly operation: Operation;
  readonly calledAt: number;
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (error: unknown) => void;
  cancel: () => void;
  isCommitted: boolean;
  isLost: boolean;
}

interface Link {
  readonly world: World;
  readonly options: LinkOptions;
  readonly way: StoreWay;
  readonly flights: Set<Flight>;
  weather: Weather;
  isDown: boolean;
}

export function makeStoreLink(world: World, options: LinkOptions): StoreLink {
  const way = (options.isEmbedded ? makeEmbeddedWay : makeClusterWay)(world);
  const link: Link = { world, options, way, flights: new Set(), weather: CALM, isDown: false };
  return {
    connect: (machine) => ({
      ...wrapStore(options.store, (operation) => call(link, machine, operation)),
      matchDelayMs: options.matchDelayMs,
      writesInOrder: options.isEmbedded,
    }),
    setWeather(weather) {
      world.trace.note("weather", () => JSON.stringify(weather));
      link.weather = weather;
    },
    restart: (ms) => restart(link, ms),
    forget(machine) {
      for (const flight of link.flights) if (flight.machine === machine) forget(link, flight);
    },
  };
}

function call(link: Link, machine: Machine, operation: Operation): Promise<unknown> {
  const { world, options, way, flights, weather } = link;
  const { scheduler, random, trace } = world;
  return new Promise((resolve, reject) => {
    const flight: Flight = {
      ...{ machine, operation, calledAt: scheduler.now(), resolve, reject },
      ...{ cancel: () => {}, isCommitted: false, isLost: false },
    };
    if (link.isDown || random.chance(weather.refused)) {
      trace.note(`${machine.name} ${operation.name} refused`);
      fail(flight, random.between(0, REFUSAL_MS));
      return;
    }
    flights.add(flight);
    if (options.isEmbedded && isRead(operation.name)) void commit(link, flight);
    else flight.cancel = scheduler.after(way.effectMs(weather), () => void commit(link, flight));
  });
}

async function commit(link: Link, flight: Flight): Promise<void> {
  const { world, options } = link;
  const { machine, operation, calledAt } = flight;
  const { name, args } = operation;
  flight.isCommitted = true;
  try {
    const outcome = await operation.run();
    world.trace.note(`${machine.name} ${name}`, () => describeOperation(operation, outcome));
    await options.onCommit({ name, args, outcome, calledAt } as unknown as Commit);
    answer(link, flight, outcome);
  } catch (error) {
    world.failWith(error);
  }
}

function answer({ world, options, way, flights, weather }: Link, flight: Flight, outcome: unknown): void {
  const { machine, operation, resolve } = flight;
  const land = () => {
    flights.delete(flight);
    if (!flight.isLost) resolve(outcome);
  };
  if (options.isEmbedded && isRead(operation.name)) land();
  else if (options.isEmbedded || !world.random.chance(weather.unanswered))
    machine.post(way.answerMs(weather), land);
  else {
    world.trace.note(`${machine.name} ${operation.name} unanswered`);
    flights.delete(flight);
    fail(flight, PATIENCE_MS);
  }
}

function restart(link: Link, ms: number): void {
  const { world, options, flights } = link;
  world.trace.note(`the store is away for ${Math.round(ms)} ms`);
  link.isDown = true;
  world.scheduler.after(ms, () => {
    link.isDown = false;
  });
  // One of the process itself refuses for a while and forgets nothing.
  if (options.isEmbedded) return;
  for (const flight of flights) {
    if (!flight.isCommitted) flight.cancel();
    flight.isLost = true;
    fail(flight, world.random.between(0, PATIENCE_MS));
  }
  flights.clear();
}

function forget({ world, options, flights }: Link, flight: Flight): void {
  flights.delete(flight);
  const isDropped = options.isEmbedded || world.random.chance(0.5);
  if (!flight.isCommitted && isDropped) flight.cancel();
}

function fail({ machine, reject }: Flight, ms: number): void {
  machine.post(ms, () => reject(unavailable()));
}

function unavailable(): TriggersError {
  return new TriggersError("storage_unavailable", "The store does not answer; send the same again.");
}
