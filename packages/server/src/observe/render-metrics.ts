import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { Counts } from "./counts.ts";
import { BOUNDS_MS, type RouteCounts } from "./route-meters.ts";

/** Makes what turns the counts into Prometheus text, again and again. */
export function makeRenderMetrics(counts: Counts): () => Promise<string> {
  const registry = new Registry();
  registry.registerMetric(requestCounter(counts.routes));
  registry.registerMetric(latencyHistogram(counts.routes));
  addAccepted(registry, counts);
  new Gauge({
    name: "triggers_build_info",
    help: "1, with the version that runs.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version: counts.version }, 1);
  for (const { name, help, read } of counts.gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  }
  collectDefaultMetrics({ register: registry });
  return () => registry.metrics();
}

function addAccepted(registry: Registry, { accepted }: Counts): void {
  new Counter({
    name: "triggers_events_accepted_total",
    help: "Events answered as stored, newly (created) or before (replayed).",
    labelNames: ["outcome"],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ outcome: "created" }, accepted.created);
      this.inc({ outcome: "replayed" }, accepted.replayed);
    },
  });
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
