import { createHash } from "node:crypto";
import { MOST_PROJECT_SHARDS, MOST_QUEUE_SHARDS } from "../grow-shards.ts";
import { HEAT_LIMITS } from "../heat.ts";
import { queueHash, shardKey } from "../keys.ts";
import { shardOf } from "../places.ts";
import { makeQueueShards } from "../queue-shards.ts";

/** Units a second that one partition of the service takes. */
export const PARTITION_LIMIT = 1_000;

/** Write units of one event with one match from its acceptance to its acknowledgement, of the eight that `units.test.ts` counts. */
export const UNITS = { table: 5, queue: 3 } as const;

export interface Load {
  readonly eventsPerSecond: number;
  readonly projects: number;
  /** Part of the load that the first project makes. */
  readonly largest: number;
  /** Subscriptions of a project, among which its events fall evenly. */
  readonly subscriptions: number;
}

export interface Spread {
  readonly partitions: number;
  /** Shards of the first project's events and of each of its queues. */
  readonly shards: number;
  readonly queueShards: number;
  readonly hottest: number;
  readonly hottestQueue: number;
}

/** Where the write units of one second go, with the keys that the store itself makes of ids. Ids come of a seed. */
export function simulateKeys({ eventsPerSecond, projects, largest, subscriptions }: Load): Spread {
  const table = new Map<string, number>();
  const queues = new Map<string, number>();
  const counts = makeQueueShards();
  let [shards, queueShards] = [1, 1];
  for (let project = 0; project < projects; project++) {
    const share = project === 0 ? largest : (1 - largest) / (projects - 1);
    const events = Math.round(eventsPerSecond * share);
    const own = shardsFor(events * UNITS.table, MOST_PROJECT_SHARDS);
    const ofQueue = shardsFor((events / subscriptions) * UNITS.queue, MOST_QUEUE_SHARDS);
    if (project === 0) [shards, queueShards] = [own, ofQueue];
    for (let one = 0; one < subscriptions; one++) counts.note(`p${project}`, `s${one}`, ofQueue);
    for (let event = 0; event < events; event++) {
      const id = idOf(project, event);
      add(table, shardKey(`p${project}`, shardOf(id, own)), UNITS.table);
      const queue =
        ofQueue === 1
          ? queueHash(`p${project}`, `s${event % subscriptions}`, 0)
          : counts.hashFor(`p${project}`, `s${event % subscriptions}`, id);
      add(queues, queue, UNITS.queue);
    }
  }
  return {
    partitions: table.size,
    ...{ shards, queueShards, hottest: most(table), hottestQueue: most(queues) },
  };
}

/** As if one node saw the whole load. */
function shardsFor(unitsPerSecond: number, most: number): number {
  let count = 1;
  while (count < most && unitsPerSecond / count > HEAT_LIMITS.unitsPerSecond) count *= 2;
  return count;
}

/** As random as the last bits of an id are, and the same each time. */
function idOf(project: number, event: number): string {
  return createHash("md5").update(`${project} ${event}`).digest("hex");
}

function add(units: Map<string, number>, key: string, more: number): void {
  units.set(key, (units.get(key) ?? 0) + more);
}

function most(units: ReadonlyMap<string, number>): number {
  let highest = 0;
  for (const one of units.values()) highest = Math.max(highest, one);
  return highest;
}
