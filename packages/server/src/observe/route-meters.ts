/** Counts the answers of one route. Costs an array write or two. */
export interface RouteMeter {
  record(status: number, elapsedMs: number): void;
}

/** Upper ends of the latency buckets, in ms. */
export const BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000] as const;

export interface RouteCounts {
  readonly method: string;
  readonly path: string;
  readonly byStatus: Map<number, number>;
  /** How many fell into each bucket; the last one holds what is slower than all bounds. */
  readonly buckets: Float64Array;
  sumMs: number;
}

/** The counts of all routes. */
export function makeRouteMeters(): {
  meterOf(route: { readonly method: string; readonly path: string }): RouteMeter;
  readonly routes: readonly RouteCounts[];
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
    routes,
  };
}

function record(counts: RouteCounts, status: number, elapsedMs: number): void {
  counts.byStatus.set(status, (counts.byStatus.get(status) ?? 0) + 1);
  counts.sumMs += elapsedMs;
  let index = 0;
  while (index < BOUNDS_MS.length && elapsedMs > (BOUNDS_MS[index] ?? 0)) index++;
  counts.buckets[index] = (counts.buckets[index] ?? 0) + 1;
}
