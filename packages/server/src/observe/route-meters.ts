import { Counter, type Metric } from "prom-client";

/** Counts the answers of one route. Costs an array write or two. */
export interface RouteMeter {
  record(status: number, elapsedMs: number): void;
}

/** Upper ends of the latency buckets, in ms. */
const BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000] as const;

interface RouteCounts {
  readonly method: string;
  readonly path: string;
  readonly byStatus: Map<number, number>;
  /** How many fell into each bucket; the last one holds what is slower than all bounds. */
  readonly buckets: Float64Array;
  sumMs: number;
}

/** The counts of all routes, as two metrics: requests by route and status, and their latency. */
export function makeRouteMeters(): {
  meterOf(route: { readonly method: string; readonly path: string }): RouteMeter;
  readonly requests: Counter;
  readonly seconds: Metric;
} {
  const routes: RouteCounts[] = [];
  return {
    meterOf: ({ method, path }) => {
      const counts: RouteCounts = {
        method,
        path,
        byStatus: new Map(),
        buckets: new Float64Array(BOUNDS_MS.length + 1),
        sumMs: 0,
      };
      routes.push(counts);
      return { record: (status, elapsedMs) => record(counts, status, elapsedMs) };
    },
    requests: requestCounter(routes),
    seconds: latencyHistogram(routes),
  };
}

function record(counts: RouteCounts, status: number, elapsedMs: number): void {
  counts.byStatus.set(status, (counts.byStatus.get(status) ?? 0) + 1);
  counts.sumMs += elapsedMs;
  let index = 0;
  while (index < BOUNDS_MS.length && elapsedMs > (BOUNDS_MS[index] ?? 0)) index++;
  counts.buckets[index] = (counts.buckets[index] ?? 0) + 1;
}

function requestCounter(routes: readonly RouteCounts[]): Counter {
  return new Counter({
    name: "triggers_http_requests_total",
    help: "Requests answered, by route and status.",
    labelNames: ["method", "path", "status"],
    registers: [],
    collect() {
      this.reset();
      for (const { method, path, byStatus } of routes) {
        for (const [status, count] of byStatus) this.inc({ method, path, status }, count);
      }
    },
  });
}

/** prom-client's own histogram can only be observed value by value; this one writes counts that are there already. */
function latencyHistogram(routes: readonly RouteCounts[]): Metric {
  const name = "triggers_http_request_duration_seconds";
  const metric = {
    name,
    help: "Seconds from the arrival of a request to the end of its answer, by route.",
    type: "histogram",
    aggregator: "sum",
    reset: () => undefined,
    get: async () => ({
      ...metric,
      values: routes.filter(isUsed).flatMap((counts) => samplesOf(name, counts)),
    }),
  };
  return metric as unknown as Metric;
}

function isUsed({ byStatus }: RouteCounts): boolean {
  return byStatus.size > 0;
}

function samplesOf(name: string, { method, path, buckets, sumMs }: RouteCounts): object[] {
  const labels = { method, path };
  let count = 0;
  const samples: object[] = [];
  buckets.forEach((inBucket, index) => {
    count += inBucket;
    const bound = BOUNDS_MS[index];
    const le = bound === undefined ? "+Inf" : bound / 1_000;
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: count });
  });
  samples.push({ metricName: `${name}_sum`, labels, value: sumMs / 1_000 });
  samples.push({ metricName: `${name}_count`, labels, value: count });
  return samples;
}
