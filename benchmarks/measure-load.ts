import type { Bench } from "./bench.ts";
import { ONE_EVENT } from "./load/event-text.ts";
import type { BodyPlan, LoadPlan } from "./load/load-plan.ts";
import { runLoad } from "./load/run-load.ts";
import { startMeter } from "./meter.ts";
import type { Latency } from "./summary.ts";

/** One round. */
export interface Measured {
  readonly perSecond: number;
  readonly latency: Latency | null;
  /** Processor time over the time of the round: whether the server or what drives it is the bottleneck. */
  readonly serverCores: number;
  readonly generatorCores: number;
  /** Of everything on the machine: much above the other two, and something else disturbed the round. */
  readonly machineCores: number;
}

export interface Target {
  readonly url: string;
  readonly pid: number;
  readonly key: string;
}

const CONNECTIONS = 64;
export const ONE_EVENT_BODY: BodyPlan = { kind: "fixed", text: ONE_EVENT };

/** Single events over 64 connections, in a closed loop, if nothing else is said. */
export function singlePosts(
  { url, key }: Target,
  more: Partial<LoadPlan> & Pick<LoadPlan, "until">,
): LoadPlan {
  return {
    ...{ url, key, path: "/v1/events", body: ONE_EVENT_BODY, status: 201 },
    ...{ connections: CONNECTIONS, perSecond: null, ...more },
  };
}

export async function measureLoad(bench: Bench, target: Target, plan: LoadPlan): Promise<Measured> {
  const meter = await startMeter(target.pid);
  const { requests, seconds, latency, generatorCores } = await runLoad(plan, bench.generator);
  return { perSecond: requests / seconds, latency, generatorCores, ...(await meter.stop()) };
}

export function measureBare(bench: Bench, seconds: number): Promise<Measured> {
  const target = bareTarget(bench);
  return measureLoad(bench, target, singlePosts(target, { until: { seconds } }));
}

/** It gets the same bytes as the server, a key included. */
export function bareTarget({ bare }: Bench): Target {
  return { ...bare, key: "bench-0123456789abcdef0123456789abcdef0123456789abcdef" };
}
