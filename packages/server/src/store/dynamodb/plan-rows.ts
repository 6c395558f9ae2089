import type { EventRecord, PlannedDelivery } from "../event-store.ts";
import { packEntries, unpackEntries } from "../plan-entries.ts";
import { bytesOf, type KeyedItem, numberOf, textOf } from "./item.ts";
import { planSort, ttlOf } from "./keys.ts";
import { shardOf } from "./places.ts";

/** Open plans of all projects, over so many partitions. */
export const PLAN_SHARDS = 4;

interface PlanWrite {
  readonly pk: string;
  readonly record: EventRecord;
  readonly position: number | null;
}

export interface PlanRow {
  readonly pk: string;
  readonly eventId: string;
  /** Ordering key of its event. */
  readonly key: string | null;
  readonly dueAt: number;
  readonly entries: readonly PlannedDelivery[];
  /** Index of the first entry that is not expanded yet. */
  readonly next: number;
}

/** `position`: of the event's ordering key. */
export function planItem({ pk, record, position }: PlanWrite): KeyedItem {
  const { event, dueAt, plan } = record;
  return {
    pk,
    sk: planSort(event.id),
    du: dueAt,
    nx: 0,
    ok: event.orderingKeyIndex,
    po: position,
    en: packEntries(plan),
    ttl: ttlOf(event.expiresAt),
    w: planHash(shardOf(event.id, PLAN_SHARDS)),
    ws: `${event.id}#${event.projectId}`,
  };
}

export function planHash(shard: number): string {
  return `plans#${shard}`;
}

export function planRow(item: KeyedItem): PlanRow {
  return {
    pk: item.pk,
    eventId: item.sk.slice(2),
    key: textOf(item, "ok"),
    dueAt: numberOf(item, "du") ?? 0,
    next: numberOf(item, "nx") ?? 0,
    entries: unpackEntries(bytesOf(item, "en") ?? new Uint8Array()),
  };
}
