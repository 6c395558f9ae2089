import { eventText, typeOf } from "../load/event-text.ts";
import type { LoadPlan, LoadResult } from "../load/load-plan.ts";
import { monotonicMs } from "../monotonic.ts";
import { summarize } from "../summary.ts";
import { type Connection, openConnection } from "../wire/connection.ts";
import { requestHead } from "../wire/request-head.ts";
import { answerParent } from "./answer-parent.ts";

const FAILURE_LENGTH = 400;

/** One run under way. */
interface Run {
  readonly plan: LoadPlan;
  readonly began: number;
  readonly latencies: number[];
  /** Requests begun. */
  begun: number;
  failures: number;
  firstFailure: string | null;
}

answerParent(async (plan: LoadPlan): Promise<LoadResult> => {
  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () => openConnection(plan.url)),
  );
  const cpu = process.cpuUsage();
  const run: Run = {
    ...{ plan, began: monotonicMs(), latencies: [] },
    ...{ begun: 0, failures: 0, firstFailure: null },
  };
  const send = makeSend(run);
  if (plan.perSecond === null) await sendClosed(run, connections, send);
  else await sendOpen(run, connections, send);
  const seconds = (monotonicMs() - run.began) / 1_000;
  for (const connection of connections) connection.close();
  const { user, system } = process.cpuUsage(cpu);
  return {
    requests: run.latencies.length,
    ...{ seconds, latency: summarize(run.latencies) },
    ...{ failures: run.failures, firstFailure: run.firstFailure, firstSentMs: run.began },
    generatorCores: (user + system) / 1e6 / seconds,
  };
});

/** Sends the next request; `dueMs` is when it should have begun. */
type Send = (connection: Connection, dueMs: number) => Promise<void>;

function makeSend(run: Run): Send {
  const { plan, latencies } = run;
  const request = makeRequest(plan);
  return async (connection, dueMs) => {
    const n = run.begun;
    run.begun += 1;
    const { status, body } = await connection.send(request(n, dueMs));
    latencies.push(monotonicMs() - dueMs);
    if (status === plan.status) return;
    run.failures += 1;
    run.firstFailure ??= `${status} ${body.toString().slice(0, FAILURE_LENGTH)}`;
  };
}

function makeRequest(plan: LoadPlan): (n: number, sentMs: number) => string {
  const { body } = plan;
  if (body.kind === "fixed") {
    const whole = requestHead(plan, body.text.length) + body.text;
    return () => whole;
  }
  const textOf = (n: number, sentMs: number) =>
    eventText({ type: typeOf(body.prefix, body.types, n), n, sentMs });
  const head = requestHead(plan, textOf(0, 0).length);
  return (n, sentMs) => head + textOf(n, sentMs);
}

function isOver({ plan: { until }, began, begun }: Run): boolean {
  return "seconds" in until ? monotonicMs() - began >= until.seconds * 1_000 : begun >= until.requests;
}

async function sendClosed(run: Run, connections: readonly Connection[], send: Send): Promise<void> {
  await Promise.all(
    connections.map(async (connection) => {
      while (!isOver(run)) await send(connection, monotonicMs());
    }),
  );
}

/** Looks each millisecond which requests are due. One that finds no free connection waits for it. All connections take turns: servers close those on which nothing comes. */
async function sendOpen(run: Run, connections: readonly Connection[], send: Send): Promise<void> {
  const perMs = (run.plan.perSecond ?? 0) / 1_000;
  const free = [...connections];
  const waiting: number[] = [];
  const underWay = new Set<Promise<void>>();
  const serve = async (connection: Connection, dueMs: number) => {
    for (let due: number | undefined = dueMs; due !== undefined; due = waiting.shift())
      await send(connection, due);
    free.push(connection);
  };
  let due = 0;
  const look = () => {
    const now = monotonicMs();
    for (; due < (now - run.began) * perMs; due += 1) {
      const connection = free.shift();
      if (connection === undefined) waiting.push(now);
      else {
        const serving = serve(connection, now).finally(() => underWay.delete(serving));
        underWay.add(serving);
      }
    }
  };
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      look();
      if (!isOver(run)) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(underWay);
}
