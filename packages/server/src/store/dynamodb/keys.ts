import type { DeliveryKey } from "../../domain/ids.ts";
import type { ItemKey } from "./item.ts";

/** Keys of all items, as docs/decisions/0006-dynamodb-tables.md lists them. Ids are UUIDs, blind indexes have no `#`. */

/** The partition of a shard of a project's events, with their deliveries, plans and attempts. */
export function shardKey(projectId: string, shard: number): string {
  return `${projectId}#${shard}`;
}

export function eventSort(eventId: string): string {
  return `e#${eventId}`;
}

export function planSort(eventId: string): string {
  return `p#${eventId}`;
}

export function deliverySort({ eventId, subscriptionId, cause }: DeliveryKey): string {
  return `d#${eventId}#${subscriptionId}#${cause}`;
}

export function attemptSort({ eventId, subscriptionId, cause }: DeliveryKey): string {
  return `a#${eventId}#${subscriptionId}#${cause}#`;
}

/** The key behind the sort key of a delivery. */
export function deliveryKeyOf(sk: string): DeliveryKey {
  const [, eventId = "", subscriptionId = "", cause = ""] = sk.split("#");
  return { eventId, subscriptionId, cause };
}

export function queueHash(projectId: string, subscriptionId: string, shard: number): string {
  return `${projectId}#${subscriptionId}#${shard}`;
}

/** Where an open delivery or a lane stands in the queue: by rank, then by time. */
export function queueSort(rank: number, at: number, name: string): string {
  return `o${rank}#${padTime(at)}#${name}`;
}

export function lanePartition(projectId: string, subscriptionId: string, key: string): string {
  return `${projectId}#${subscriptionId}#l#${key}`;
}

export function laneHeadKey(projectId: string, subscriptionId: string, key: string): ItemKey {
  return { pk: lanePartition(projectId, subscriptionId, key), sk: "h" };
}

export function placeSort(position: number): string {
  return `q#${String(position).padStart(16, "0")}`;
}

export function orderingKey(projectId: string, key: string): ItemKey {
  return { pk: `${projectId}#k#${key}`, sk: "h" };
}

export function keyPlanSort(position: number): string {
  return `p#${String(position).padStart(16, "0")}`;
}

export function idempotencyKey(projectId: string, kind: string, keyIndex: string): ItemKey {
  return { pk: `${projectId}#i#${kind}#${keyIndex}`, sk: "i" };
}

export function projectKey(projectId: string): ItemKey {
  return { pk: `p#${projectId}`, sk: "p" };
}

export function subscriptionKey(projectId: string, id: string): ItemKey {
  return { pk: `p#${projectId}`, sk: `s#${id}` };
}

export function jobKey(projectId: string, id: string): ItemKey {
  return { pk: `p#${projectId}`, sk: `j#${id}` };
}

export function credentialKey(tokenHash: string): ItemKey {
  return { pk: `c#${tokenHash}`, sk: "c" };
}

/** Milliseconds as text that sorts like the numbers. */
export function padTime(at: number): string {
  return String(Math.max(0, Math.floor(at))).padStart(15, "0");
}

/** For the TTL: whole seconds, not before the time. */
export function ttlOf(at: number): number {
  return Math.ceil(at / 1_000);
}
