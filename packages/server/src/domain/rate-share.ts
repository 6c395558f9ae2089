/** How a limit is asked for, per second: on this node, and on all the others together. What was refused counts like what was let through. */
export interface RateDemand {
  readonly own: number;
  readonly others: number;
}

/** Least share: a client that comes to another node is let in, and so counted. */
const LEAST_SHARE = 1;

/**
 * What one node lets through a second of a limit that all nodes share. While all together ask for less, it may give all that the others leave; when they ask
 * for more, each gets the part of the limit that its clients are of all. Before the node knows the others' demand (`null`), the limit is split evenly.
 */
export function rateShare(limit: number, demand: RateDemand | null, nodes: number): number {
  return Math.min(limit, Math.max(LEAST_SHARE, demand === null ? limit / nodes : partOf(limit, demand)));
}

function partOf(limit: number, { own, others }: RateDemand): number {
  return own + others <= limit ? limit - others : (limit * own) / (own + others);
}
