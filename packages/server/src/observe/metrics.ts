import type { Counts, GaugeReading } from "./counts.ts";
import { makeRouteMeters, type RouteMeter } from "./route-meters.ts";

/** What `/metrics` shows. Counting is made for the hot path: plain numbers, turned into text when somebody asks. */
export interface Metrics {
  /** Counts the requests of one route. */
  meterOf(route: { readonly method: string; readonly path: string }): RouteMeter;
  countAcceptedEvents(created: number, replayed: number): void;
  /** Shows a number that is read when somebody asks. `help` is one sentence with its unit. */
  addGauge(gauge: GaugeReading): void;
  /** Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function makeMetrics(version: string): Metrics {
  const meters = makeRouteMeters();
  const accepted = { created: 0, replayed: 0 };
  const gauges: GaugeReading[] = [];
  const counts: Counts = { version, routes: meters.routes, accepted, gauges };
  let render: Promise<() => Promise<string>> | null = null;

  return {
    meterOf: meters.meterOf,
    countAcceptedEvents: (created, replayed) => {
      accepted.created += created;
      accepted.replayed += replayed;
    },
    addGauge: (gauge) => {
      gauges.push(gauge);
    },
    text: async () => {
      // The Prometheus client takes about 20 MB of memory, and its observers some time: only where somebody looks.
      render ??= import("./render-metrics.ts").then(({ makeRenderMetrics }) => makeRenderMetrics(counts));
      return (await render)();
    },
    contentType: "text/plain; version=0.0.4; charset=utf-8",
  };
}
