import { setTimeout as delay } from "node:timers/promises";
import { postEvent } from "./calls.ts";
import type { Client } from "./client.ts";
import { eventually } from "./eventually.ts";
import type { Hook } from "./open-hooks.ts";

/** Of each event of a steady stream, from the beginning of its post: to its answer, and to each of its arrivals. In ms. */
export interface FlowTimes {
  readonly ingest: readonly number[];
  readonly delivery: readonly number[];
}

export interface FlowMeter {
  /** Posts until `end` resolves, whatever the answers take, and waits until everything has arrived. */
  run(end: Promise<unknown>): Promise<FlowTimes>;
  /** Notes what an endpoint got. */
  note(hook: Hook): void;
}

interface Measured {
  readonly ingest: number[];
  readonly delivery: number[];
}

interface Stamped {
  readonly run: number;
  readonly sentAt: number;
}

/** Measures a stream of events of one type that go to `endpoints` webhooks of format `payload`. */
export function makeFlowMeter(wish: {
  readonly client: Client;
  readonly type: string;
  readonly perSecond: number;
  readonly endpoints: number;
}): FlowMeter {
  const { client, type, perSecond, endpoints } = wish;
  const runs: Measured[] = [];

  async function post(times: Measured, run: number): Promise<void> {
    const sentAt = performance.now();
    const payload: Stamped = { run, sentAt };
    await postEvent(client, { type, payload });
    times.ingest.push(performance.now() - sentAt);
  }

  return {
    note({ body, at }) {
      const { run, sentAt } = JSON.parse(body.toString()) as Stamped;
      runs[run]?.delivery.push(at - sentAt);
    },
    async run(end) {
      const times: Measured = { ingest: [], delivery: [] };
      const run = runs.push(times) - 1;
      let isOver = false;
      const finish = () => {
        isOver = true;
      };
      void end.then(finish, finish);
      const posts: Promise<void>[] = [];
      const began = performance.now();
      for (let n = 0; !isOver; n += 1) {
        await delay(Math.max(0, began + (n * 1_000) / perSecond - performance.now()));
        posts.push(post(times, run));
      }
      await Promise.all(posts);
      await end;
      await eventually(
        () => times.delivery.length,
        (count) => count >= posts.length * endpoints,
      );
      return times;
    },
  };
}

/** A stream alone, and beside something else in the same minute. */
export interface Compared {
  readonly alone: FlowTimes;
  readonly beside: FlowTimes;
}

/** What a stream may lose to what happens beside it: its p99 doubles, or grows by the noise of a busy machine. */
const MOST_TIMES = 2;
const NOISE_MS = 20;
/** The best of them counts: others have work for this machine too. */
const ROUNDS = 5;

/** Measures again until the stream loses no more than it may; gives what was too slow the last time. */
export async function findSlowdown(measure: () => Promise<Compared>): Promise<readonly string[]> {
  let slow: readonly string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { alone, beside } = await measure();
    slow = (["ingest", "delivery"] as const).flatMap((what) => {
      const figures = `${what} alone: ${summarize(alone[what])}; beside: ${summarize(beside[what])}`;
      console.log(figures);
      const [before, after] = [percentile(alone[what], 99), percentile(beside[what], 99)];
      return after <= Math.max(MOST_TIMES * before, before + NOISE_MS) ? [] : [figures];
    });
    if (slow.length === 0) return [];
  }
  return slow;
}

/** Of several runs all together. */
export function joinTimes(runs: readonly FlowTimes[]): FlowTimes {
  return {
    ingest: runs.flatMap(({ ingest }) => ingest),
    delivery: runs.flatMap(({ delivery }) => delivery),
  };
}

/** What so many of a hundred do not exceed. */
function percentile(times: readonly number[], ofHundred: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * ofHundred) / 100))] ?? Number.NaN;
}

function summarize(times: readonly number[]): string {
  const [half, most] = [50, 99].map((ofHundred) => percentile(times, ofHundred).toFixed(1));
  return `p50 ${half} ms, p99 ${most} ms of ${times.length}`;
}
