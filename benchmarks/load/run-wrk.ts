import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { watchCpu } from "../read-cpu.ts";
import type { LoadPlan, LoadResult } from "./load-plan.ts";

const SCRIPT = fileURLToPath(new URL("post.lua", import.meta.url));
/** Linux takes no longer text in one variable of the environment. */
const MOST_BODY_BYTES = 128 * 1024 - 64;

/** Written by post.lua. */
interface Written {
  readonly requests: number;
  readonly micros: number;
  readonly broken: number;
  readonly refused: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
}

export function hasWrk(): boolean {
  return spawnSync("wrk", ["--version"], { stdio: "ignore" }).error === undefined;
}

/** wrk runs for whole seconds, in a closed loop, with one body. */
export function canWrk({ body, until, perSecond }: LoadPlan): boolean {
  const isOneBody = body.kind === "fixed" && body.text.length < MOST_BODY_BYTES;
  return isOneBody && perSecond === null && "seconds" in until && Number.isInteger(until.seconds);
}

/** One thread of wrk: cheaper per request than anything in JavaScript. */
export async function runWrk(plan: LoadPlan): Promise<LoadResult> {
  const { body, connections, until, url, path, key } = plan;
  if (body.kind !== "fixed" || !("seconds" in until)) throw new Error("wrk cannot do this.");
  const args = ["-t1", `-c${connections}`, `-d${until.seconds}s`, "-s", SCRIPT, `${url}${path}`];
  const BENCH_HEADERS = `Authorization: Bearer ${key}\nContent-Type: application/json`;
  const child = spawn("wrk", args, {
    env: { PATH: process.env.PATH, BENCH_BODY: body.text, BENCH_HEADERS },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const cpu = watchCpu(child.pid ?? 0);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  cpu.stop();
  const line = output.split("\n").find((one) => one.startsWith("{"));
  if (code !== 0 || line === undefined) throw new Error(`wrk ended with ${code}:\n${output}`);
  return resultOf(JSON.parse(line), cpu.seconds());
}

function resultOf(written: Written, cpuSeconds: number): LoadResult {
  const { requests, micros, broken, refused, p50, p95, p99, most } = written;
  const seconds = micros / 1e6;
  return {
    ...{ requests, seconds, failures: broken + refused, firstSentMs: null },
    latency: { p50: p50 / 1_000, p95: p95 / 1_000, p99: p99 / 1_000, most: most / 1_000 },
    firstFailure: broken + refused === 0 ? null : `${broken} broken connections, ${refused} refusals`,
    generatorCores: cpuSeconds / seconds,
  };
}
