import { queueHash } from "./keys.ts";

/**
 * How many shards the queues of subscriptions have, as far as this node knows. Nobody has to know it exactly to write: fewer shards than there are is right
 * as well. Whoever reads takes the number from the subscription's row.
 */
export interface QueueShards {
  note(projectId: string, subscriptionId: string, count: number): void;
  countOf(projectId: string, subscriptionId: string): number;
  /** The partition of a queue for a name: an event's id or a lane's key. */
  hashFor(projectId: string, subscriptionId: string, name: string): string;
}

const MOST_NOTES = 100_000;

export function makeQueueShards(): QueueShards {
  const counts = new Map<string, number>();
  const countOf = (projectId: string, subscriptionId: string) =>
    counts.get(`${projectId}#${subscriptionId}`) ?? 1;
  return {
    note(projectId, subscriptionId, count) {
      if (count === 1) return;
      if (counts.size >= MOST_NOTES) counts.clear();
      counts.set(`${projectId}#${subscriptionId}`, count);
    },
    countOf,
    hashFor(projectId, subscriptionId, name) {
      const count = countOf(projectId, subscriptionId);
      return queueHash(projectId, subscriptionId, count === 1 ? 0 : hashOf(name) % count);
    },
  };
}

/** FNV-1a: even, quick, and the same on every node. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
