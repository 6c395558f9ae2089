import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { makeRouteMeters, type RouteMeter } from "./route-meters.ts";

export interface GaugeReading {
  readonly name: string;
  readonly help: string;
  read(): number | Promise<number>;
}

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
  const registry = new Registry();
  const meters = makeRouteMeters();
  registry.registerMetric(meters.requests);
  registry.registerMetric(meters.seconds);
  const accepted = { created: 0, replayed: 0 };
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
  new Gauge({
    name: "triggers_build_info",
    help: "1, with the version that runs.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version }, 1);
  let hasDefaults = false;

  return {
    meterOf: meters.meterOf,
    countAcceptedEvents: (created, replayed) => {
      accepted.created += created;
      accepted.replayed += replayed;
    },
    addGauge: ({ name, help, read }) => {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          this.set(await read());
        },
      });
    },
    text: () => {
      // Their observers of garbage collection and the event loop cost something: only where somebody looks.
      if (!hasDefaults) collectDefaultMetrics({ register: registry });
      hasDefaults = true;
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
