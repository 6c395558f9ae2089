import type { Clock } from "../../flow/clock.ts";
import { makeSteadyTime } from "../../flow/steady-time.ts";
import { EPOCH, type World } from "./world.ts";

/** A computer that can crash, hang, sleep, and have its wall clock set. What it holds in memory lives from a boot to the next crash. */
export interface Machine {
  readonly name: string;
  isUp(): boolean;
  isPaused(): boolean;
  /** How often it was booted: what an earlier boot asked for is answered to nobody. */
  generation(): number;
  boot(): Clock;
  crash(): void;
  /** Nothing runs on it until `resume`. A hang (SIGSTOP, a long collection) counts as time for timers, the sleep of a machine does not. */
  pause(kind: "hang" | "sleep"): void;
  resume(): void;
  /** Moves the wall clock, or sets it right. */
  setWall(byMs: number | "right"): void;
  /** Something reaches it from outside after `ms`: it happens if this boot still lives then, and while it is paused, after. */
  post(ms: number, run: () => void): void;
  /** Calls `run` once if this boot crashes. The answer takes it back. */
  onCrash(run: () => void): () => void;
}

/** So far a clock is off after a boot: what is left when the store's offset was measured. */
const SKEW_MS = 150;
/** Sums of times are not exact. */
const ROUNDING_MS = 1e-6;

interface State {
  power: "down" | "up" | "hang" | "sleep";
  generation: number;
  pausedAt: number;
  sleptMs: number;
  wallOffsetMs: number;
  /** What reached it while it was paused, in order. */
  arrived: (() => void)[];
  crashListeners: Set<() => void>;
}

export function makeMachine(world: World, name: string): Machine {
  const { scheduler, random, trace } = world;
  const state: State = {
    ...{ power: "down", generation: 0, pausedAt: 0, sleptMs: 0, wallOffsetMs: 0 },
    ...{ arrived: [], crashListeners: new Set() },
  };
  return {
    name,
    isUp: () => state.power !== "down",
    isPaused: () => state.power === "hang" || state.power === "sleep",
    generation: () => state.generation,
    boot() {
      trace.note(`${name} boots`);
      const wallOffsetMs = random.between(-SKEW_MS, SKEW_MS);
      Object.assign(state, { power: "up", arrived: [], crashListeners: new Set(), wallOffsetMs });
      state.generation += 1;
      return bootClock(world, state);
    },
    crash() {
      trace.note(`${name} is down`);
      state.power = "down";
      for (const run of [...state.crashListeners]) run();
    },
    pause(kind) {
      trace.note(`${name} ${kind}s`);
      Object.assign(state, { power: kind, pausedAt: scheduler.now() });
    },
    resume() {
      trace.note(`${name} goes on`);
      if (state.power === "sleep") state.sleptMs += scheduler.now() - state.pausedAt;
      state.power = "up";
      // One step each.
      for (const [index, run] of state.arrived.splice(0).entries()) scheduler.after(index / 1_000, run);
    },
    setWall(byMs) {
      trace.note(`${name} wall clock ${byMs}`);
      state.wallOffsetMs = byMs === "right" ? 0 : state.wallOffsetMs + byMs;
    },
    post(ms, run) {
      const boot = state.generation;
      scheduler.after(ms, () => enter(state, boot, run));
    },
    onCrash(run) {
      const listeners = state.crashListeners.add(run);
      return () => listeners.delete(run);
    },
  };
}

/** Runs what belongs to a boot: now, when the machine goes on, or never. */
function enter(state: State, boot: number, run: () => void): void {
  if (boot !== state.generation || state.power === "down") return;
  if (state.power === "up") run();
  else state.arrived.push(() => enter(state, boot, run));
}

function bootClock({ scheduler }: World, state: State): Clock {
  const boot = state.generation;
  const monotonic = () => (state.power === "sleep" ? state.pausedAt : scheduler.now()) - state.sleptMs;
  const now = makeSteadyTime({
    wallMs: () => EPOCH + scheduler.now() + state.wallOffsetMs,
    monotonicMs: monotonic,
    uptimeSeconds: () => scheduler.now() / 1_000,
  });
  const after = (ms: number, run: () => void) => {
    const dueAt = monotonic() + Math.max(1, Math.ceil(ms));
    let isCancelled = false;
    // A sleep moves what is due behind it.
    const look = () => {
      const left = dueAt - monotonic();
      if (isCancelled) return;
      if (left > ROUNDING_MS) scheduler.after(left, () => enter(state, boot, look));
      else run();
    };
    look();
    return () => {
      isCancelled = true;
    };
  };
  return { now, monotonic, after, soon: (run) => void scheduler.after(0, () => enter(state, boot, run)) };
}
