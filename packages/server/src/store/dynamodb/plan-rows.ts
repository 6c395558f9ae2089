import { uuidBytes, uuidText } from "../../domain/ids.ts";
import type { EventRecord, PlannedDelivery } from "../event-store.ts";
import { bytesOf, type KeyedItem, numberOf, textOf } from "./item.ts";
import { planSort, ttlOf } from "./keys.ts";
import { shardOf } from "./places.ts";

/** Open plans of all projects, over so many partitions. */
export const PLAN_SHARDS = 4;

/** 17 bytes each: the subscription, and flags. Ten thousand take 170 KB, so that a plan is always one item. */
const ENTRY_BYTES = 17;
const ORDERED = 1;
const PARKS = 2;

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

function packEntries(plan: readonly PlannedDelivery[]): Uint8Array | null {
  if (plan.length === 0) return null;
  const bytes = new Uint8Array(plan.length * ENTRY_BYTES);
  for (const [index, { subscriptionId, ordered, parks }] of plan.entries()) {
    bytes.set(uuidBytes(subscriptionId), index * ENTRY_BYTES);
    bytes[index * ENTRY_BYTES + ENTRY_BYTES - 1] = (ordered ? ORDERED : 0) | (parks ? PARKS : 0);
  }
  return bytes;
}

function unpackEntries(bytes: Uint8Array): PlannedDelivery[] {
  return Array.from({ length: bytes.length / ENTRY_BYTES }, (_, index) => {
    const entry = bytes.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
    const flags = entry[ENTRY_BYTES - 1] ?? 0;
    const subscriptionId = uuidText(entry.subarray(0, ENTRY_BYTES - 1));
    return { subscriptionId, ordered: (flags & ORDERED) !== 0, parks: (flags & PARKS) !== 0 };
  });
}
