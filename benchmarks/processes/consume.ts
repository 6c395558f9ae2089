import { monotonicMs } from "../monotonic.ts";
import { type Latency, summarize } from "../summary.ts";
import { type Connection, openConnection } from "../wire/connection.ts";
import { requestHead } from "../wire/request-head.ts";
import { answerParent } from "./answer-parent.ts";

/** Consumers of the main inbox, each with a connection of its own. */
export interface ConsumePlan {
  readonly url: string;
  readonly key: string;
  readonly consumers: number;
  /** Deliveries of each lease. */
  readonly limit: number;
  readonly acknowledges: boolean;
  /** They end after so many seconds or leases, or when the inbox is empty. */
  readonly seconds: number;
  readonly leases: number;
}

export interface ConsumeResult {
  readonly deliveries: number;
  readonly seconds: number;
  readonly isEmpty: boolean;
  readonly leaseLatency: Latency;
  readonly ackLatency: Latency;
  readonly consumerCores: number;
}

interface Lease {
  readonly deliveries: readonly { readonly delivery_id: string; readonly lease_token: string }[];
}

interface Settled {
  readonly results: readonly { readonly outcome: string }[];
}

/** One run under way. */
interface Run {
  readonly plan: ConsumePlan;
  readonly began: number;
  readonly leaseMs: number[];
  readonly ackMs: number[];
  deliveries: number;
  isEmpty: boolean;
}

answerParent(async (plan: ConsumePlan): Promise<ConsumeResult> => {
  const connections = await Promise.all(
    Array.from({ length: plan.consumers }, () => openConnection(plan.url)),
  );
  const cpu = process.cpuUsage();
  const run: Run = {
    ...{ plan, began: monotonicMs(), leaseMs: [], ackMs: [] },
    ...{ deliveries: 0, isEmpty: false },
  };
  await Promise.all(connections.map((connection) => consume(run, connection)));
  const seconds = (monotonicMs() - run.began) / 1_000;
  for (const connection of connections) connection.close();
  const { user, system } = process.cpuUsage(cpu);
  return {
    ...{ deliveries: run.deliveries, seconds, isEmpty: run.isEmpty },
    ...{ leaseLatency: summarize(run.leaseMs), ackLatency: summarize(run.ackMs) },
    consumerCores: (user + system) / 1e6 / seconds,
  };
});

async function consume(run: Run, connection: Connection): Promise<void> {
  const { plan, began, leaseMs } = run;
  const post = makePost(plan, connection);
  const wish = JSON.stringify({ limit: plan.limit, lease_seconds: 600 });
  while (monotonicMs() - began < plan.seconds * 1_000 && leaseMs.length < plan.leases) {
    const { deliveries } = await post<Lease>("/v1/inbox/lease", wish, leaseMs);
    if (deliveries.length === 0) {
      run.isEmpty = true;
      return;
    }
    if (plan.acknowledges) await acknowledge(run, post, deliveries);
    run.deliveries += deliveries.length;
  }
}

async function acknowledge(run: Run, post: Post, leased: Lease["deliveries"]): Promise<void> {
  const deliveries = leased.map(({ delivery_id, lease_token }) => ({ delivery_id, lease_token }));
  const { results } = await post<Settled>("/v1/inbox/ack", JSON.stringify({ deliveries }), run.ackMs);
  const lost = results.find(({ outcome }) => outcome !== "acknowledged");
  if (lost !== undefined) throw new Error(`A delivery was not acknowledged but ${lost.outcome}.`);
}

type Post = <T>(path: string, body: string, keepMs: number[]) => Promise<T>;

function makePost({ url, key }: ConsumePlan, connection: Connection): Post {
  return async <T>(path: string, body: string, keepMs: number[]) => {
    const sentMs = monotonicMs();
    const answer = await connection.send(requestHead({ url, path, key }, body.length) + body);
    keepMs.push(monotonicMs() - sentMs);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body.toString()) as T;
  };
}
