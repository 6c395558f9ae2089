import { DELIVERY_STATES, type Delivery, isOpen } from "../../domain/delivery.ts";
import type { StoredEvent } from "../../domain/event.ts";
import { PRIORITIES } from "../../domain/priority.ts";
import { bytesOf, type KeyedItem, numberOf, textOf, textsOf } from "./item.ts";
import { deliveryKeyOf, deliverySort, eventSort, padTime, queueSort, ttlOf } from "./keys.ts";
import { shardOf } from "./places.ts";

const JSON_TYPE = "application/json";

/** What stands in an event's place. `fenced`: the event was never committed and never will be. */
export type EventPlace =
  | { readonly kind: "event"; readonly row: EventRow }
  | { readonly kind: "deleted" | "fenced" | "nothing" };

/** An event with what the store keeps beside it. */
export interface EventRow {
  readonly pk: string;
  readonly event: StoredEvent;
  /** Position of its ordering key. */
  readonly position: number | null;
  /** Until then its idempotency row names it. */
  readonly namedUntil: number | null;
  /** Where its content lies, if not in the row: then `sealed` is empty here. */
  readonly blobKey: string | null;
}

/** An item may have 400 KB; with its deliveries' plan beside it an event keeps its content up to here. */
export const INLINE_BYTES = 256 * 1_024;

export function blobKeyOf({ projectId, id, sealed }: StoredEvent): string | null {
  return sealed.byteLength > INLINE_BYTES ? `${projectId}/${id}` : null;
}

export interface EventWrite {
  readonly pk: string;
  readonly event: StoredEvent;
  readonly position: number | null;
  readonly namedUntil: number | null;
  /** Partition of the subject's index. */
  readonly subjectHash: string | null;
}

export function eventItem({ pk, event, position, namedUntil, subjectHash }: EventWrite): KeyedItem {
  const blobKey = blobKeyOf(event);
  return {
    pk,
    sk: eventSort(event.id),
    ty: event.type,
    so: event.source,
    tg: event.tags.length === 0 ? null : event.tags,
    pr: PRIORITIES.indexOf(event.priority),
    oa: event.occurredAt,
    ct: event.contentType === JSON_TYPE ? null : event.contentType,
    su: event.subjectIndex,
    ok: event.orderingKeyIndex,
    po: position,
    b: blobKey === null ? event.sealed : null,
    bk: blobKey,
    z: event.bytes,
    pl: event.isPlanned ? 1 : null,
    x: event.expiresAt,
    nu: namedUntil,
    ttl: ttlOf(Math.max(event.expiresAt, namedUntil ?? 0)),
    u: subjectHash,
    us: subjectHash === null ? null : event.id,
  };
}

function eventRow(projectId: string, item: KeyedItem): EventRow {
  return {
    pk: item.pk,
    position: numberOf(item, "po"),
    namedUntil: numberOf(item, "nu"),
    blobKey: textOf(item, "bk"),
    event: {
      projectId,
      id: item.sk.slice(2),
      type: textOf(item, "ty"),
      source: textOf(item, "so"),
      tags: textsOf(item, "tg"),
      priority: PRIORITIES[numberOf(item, "pr") ?? 1] ?? "normal",
      occurredAt: numberOf(item, "oa"),
      contentType: textOf(item, "ct") ?? JSON_TYPE,
      subjectIndex: textOf(item, "su"),
      orderingKeyIndex: textOf(item, "ok"),
      sealed: bytesOf(item, "b") ?? new Uint8Array(),
      bytes: numberOf(item, "z") ?? 0,
      isPlanned: item.pl === 1,
      expiresAt: numberOf(item, "x") ?? 0,
    },
  };
}

/** What a delete or a fence leaves in an event's place. */
export function goneItem(
  key: { readonly pk: string; readonly sk: string },
  gone: "deleted" | "fenced",
  until: number,
): KeyedItem {
  return { ...key, g: gone, ttl: ttlOf(until) };
}

export function eventPlace(projectId: string, item: KeyedItem | null | undefined): EventPlace {
  if (item === null || item === undefined) return { kind: "nothing" };
  if (item.g === "deleted" || item.g === "fenced") return { kind: item.g };
  return { kind: "event", row: eventRow(projectId, item) };
}

/** A delivery with what the store keeps beside it. */
export interface DeliveryRow {
  /** Partition, that of its event. */
  readonly pk: string;
  readonly delivery: Delivery;
  /** Rises with every change; a change is made against the version that was read. */
  readonly version: number;
  /** Partition of its subscription's queue. */
  readonly queueHash: string;
  /** Where it stands in the queue; null: it is settled. */
  readonly queueSort: string | null;
  /** While it is leased: no attempt is left. */
  readonly isLast: boolean;
}

/** The row of a delivery where its time and state put it. `keepsPlace`: an open one stays where it is in the queue, which saves a unit. */
export function changedRow(
  row: DeliveryRow,
  delivery: Delivery,
  {
    keepsPlace = false,
    isLast = row.isLast,
  }: { readonly keepsPlace?: boolean; readonly isLast?: boolean } = {},
): DeliveryRow {
  const isOut = delivery.state === "leased";
  const stays = keepsPlace && delivery.lane === null && isOpen(delivery.state);
  return {
    ...row,
    delivery,
    version: row.version + 1,
    queueSort: stays ? row.queueSort : queueSortOf(delivery),
    isLast: isOut && isLast,
  };
}

export function newRow(pk: string, delivery: Delivery, queueHash: string): DeliveryRow {
  return { pk, delivery, version: 1, queueHash, queueSort: queueSortOf(delivery), isLast: false };
}

/** Open ones by rank and time, those of a lane and dead ones apart from them; settled ones nowhere. */
function queueSortOf({ state, lane, rank, dueAt, eventId, cause }: Delivery): string | null {
  const name = `${eventId}#${cause}`;
  if (state === "dead") return `x#${name}`;
  if (!isOpen(state)) return null;
  return lane === null ? queueSort(rank, dueAt, name) : `b#${name}`;
}

/** Leases with no attempt left, over so many partitions, by their end. */
export const LAST_LEASE_SHARDS = 8;

export function lastLeaseHash(shard: number): string {
  return `last#${shard}`;
}

export function deliveryItem({
  pk,
  delivery,
  version,
  queueHash,
  queueSort: qs,
  isLast,
}: DeliveryRow): KeyedItem {
  const { lane } = delivery;
  const sk = deliverySort(delivery);
  return {
    pk,
    sk,
    v: version,
    st: DELIVERY_STATES.indexOf(delivery.state),
    sr: delivery.stateReason,
    rk: delivery.rank,
    ac: delivery.attempt,
    ab: delivery.attemptBase,
    tk: delivery.takeovers,
    du: delivery.dueAt,
    lt: delivery.leaseToken,
    la: delivery.leasedAt,
    lk: lane?.key,
    lp: lane?.position,
    lx: lane === null ? null : Number(lane.parks),
    z: delivery.bytes,
    ca: delivery.createdAt,
    sa: delivery.settledAt,
    x: delivery.expiresAt,
    ttl: ttlOf(delivery.expiresAt),
    qh: queueHash,
    q: qs === null ? null : queueHash,
    qs,
    w: isLast ? lastLeaseHash(shardOf(delivery.eventId, LAST_LEASE_SHARDS)) : null,
    ws: isLast ? `${padTime(delivery.dueAt)}#${pk}#${sk}` : null,
  };
}

export function deliveryRow(projectId: string, item: KeyedItem): DeliveryRow {
  const laneKey = textOf(item, "lk");
  const lane =
    laneKey === null ? null : { key: laneKey, position: numberOf(item, "lp") ?? 0, parks: item.lx === 1 };
  return {
    pk: item.pk,
    version: numberOf(item, "v") ?? 0,
    queueHash: textOf(item, "qh") ?? "",
    queueSort: textOf(item, "qs"),
    isLast: textOf(item, "w") !== null,
    delivery: {
      projectId,
      ...deliveryKeyOf(item.sk),
      state: DELIVERY_STATES[numberOf(item, "st") ?? 0] ?? "pending",
      stateReason: textOf(item, "sr"),
      rank: numberOf(item, "rk") ?? 0,
      attempt: numberOf(item, "ac") ?? 0,
      attemptBase: numberOf(item, "ab") ?? 0,
      takeovers: numberOf(item, "tk") ?? 0,
      dueAt: numberOf(item, "du") ?? 0,
      leaseToken: textOf(item, "lt"),
      leasedAt: numberOf(item, "la"),
      lane,
      bytes: numberOf(item, "z") ?? 0,
      createdAt: numberOf(item, "ca") ?? 0,
      settledAt: numberOf(item, "sa"),
      expiresAt: numberOf(item, "x") ?? 0,
    },
  };
}
