import { timeOfId } from "../../domain/ids.ts";
import type { Connection } from "./connection.ts";
import { type KeyedItem, numberOf, textOf } from "./item.ts";
import { projectKey, shardKey } from "./keys.ts";
import { readItem } from "./read-items.ts";

/** Events of this time and later lie over so many shards. Written down so long before that every node knows it when the first of them comes. */
interface ShardStep {
  readonly since: number;
  readonly count: number;
}

/** Where the events of an open project lie. */
export interface Place {
  readonly projectId: string;
  /** Oldest first; the counts double. */
  readonly steps: readonly ShardStep[];
  /** The highest id that retention removed; null: none yet. */
  readonly expiredId: string | null;
  /** Contents of some of its events lie beside the tables. */
  readonly hasBlobs: boolean;
  /** When the last daily round of retention began. */
  readonly sweptAt: number | null;
}

/** What is known of the projects' places. A copy is used for so long that a close of the project waits for it. */
export interface Places {
  /** Null: there is no such project, or it was deleted. */
  find(projectId: string): Promise<Place | null>;
  /** What was just read or written. */
  forget(projectId: string): void;
  /** After this time no node uses what it knew before. */
  readonly copiesLastMs: number;
}

const MOST_COPIES = 10_000;

/** Calls that come while it is being read wait for the same answer. */
interface Copy {
  readonly place: Promise<Place | null>;
  readonly readAt: number;
}

export function makePlaces(connection: Connection, copiesLastMs: number): Places {
  const copies = new Map<string, Copy>();
  const read = async (projectId: string): Promise<Place | null> => {
    const item = await readItem(connection, "control", projectKey(projectId));
    return item === null ? null : placeOf(projectId, item);
  };
  return {
    copiesLastMs,
    async find(projectId) {
      const known = copies.get(projectId);
      const now = performance.now();
      if (known !== undefined && now - known.readAt < copiesLastMs) return known.place;
      const copy = { place: read(projectId), readAt: now };
      if (copies.size >= MOST_COPIES) copies.clear();
      copies.set(projectId, copy);
      // Neither a failure nor an absence is kept: the project may be made in the next moment.
      const isThere = await copy.place.then((place) => place !== null).catch(() => false);
      if (!isThere && copies.get(projectId) === copy) copies.delete(projectId);
      return copy.place;
    },
    forget(projectId) {
      copies.delete(projectId);
    },
  };
}

/** Null for a project that was deleted. */
export function placeOf(projectId: string, item: KeyedItem): Place | null {
  if (numberOf(item, "da") !== null) return null;
  return {
    projectId,
    steps: readSteps(textOf(item, "sh")),
    expiredId: textOf(item, "xi"),
    hasBlobs: item.hb === 1,
    sweptAt: numberOf(item, "sw"),
  };
}

const FIRST_STEP: ShardStep = { since: 0, count: 1 };

function readSteps(text: string | null): readonly ShardStep[] {
  if (text === null) return [FIRST_STEP];
  const later: readonly (readonly [number, number])[] = JSON.parse(text);
  return [FIRST_STEP, ...later.map(([since, count]) => ({ since, count }))];
}

export function shardCount({ steps }: Place): number {
  return steps.at(-1)?.count ?? 1;
}

/** All partitions of a project. */
export function partitionsOf(place: Place): string[] {
  return Array.from({ length: shardCount(place) }, (_, shard) => shardKey(place.projectId, shard));
}

/** Where an event lies: the shards of its own time count, on every node alike. */
export function partitionFor({ projectId, steps }: Place, eventId: string): string {
  const at = timeOfId(eventId);
  const count = steps.findLast(({ since }) => since <= at)?.count ?? 1;
  return shardKey(projectId, shardOf(eventId, count));
}

/** By the id's last bits, which are random. `count` is a power of two. */
export function shardOf(id: string, count: number): number {
  return Number.parseInt(id.slice(-4), 16) & (count - 1);
}
