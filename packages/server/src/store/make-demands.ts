import type { NodeDemand, RateStore } from "./rate-store.ts";

interface Noted {
  readonly at: number;
  readonly demands: readonly NodeDemand[];
}

/** Demands kept in memory, for a store that belongs to one process. */
export function makeDemands(): RateStore {
  const nodes = new Map<string, Noted>();
  return {
    async exchangeDemands({ nodeId, now, freshAfter, demands }) {
      for (const [id, { at }] of nodes) if (at <= freshAfter) nodes.delete(id);
      nodes.set(nodeId, { at: now, demands });
      const others = [...nodes].flatMap(([id, noted]) => (id === nodeId ? [] : noted.demands));
      return { nodes: nodes.size, others: demands.map(({ limit }) => sumOf(others, limit)) };
    },
  };
}

function sumOf(demands: readonly NodeDemand[], wanted: string): number {
  return demands.reduce((sum, { limit, perSecond }) => (limit === wanted ? sum + perSecond : sum), 0);
}
