import type { Delivery } from "../../domain/delivery.ts";
import { type Item, type KeyedItem, numberOf, textOf } from "./item.ts";
import { laneHeadKey, queueSort } from "./keys.ts";

/** The lowest delivery of a lane. */
export interface LaneHead {
  readonly position: number;
  readonly eventId: string;
  readonly cause: string;
  readonly dueAt: number;
  readonly rank: number;
  readonly bytes: number;
  /** It is dead and parks: nothing of the lane goes out. */
  readonly isDead: boolean;
}

/** A lease that is out in a lane: of its head, or of one that was the head before a back-fill put an earlier one before it. */
export interface LaneLease {
  readonly position: number;
  readonly until: number;
  readonly token: string;
}

/** A lane as its row holds it. */
export interface Lane {
  readonly projectId: string;
  readonly subscriptionId: string;
  readonly key: string;
  /** 0: there is no row. */
  readonly version: number;
  readonly head: LaneHead | null;
  /** By position. */
  readonly out: readonly LaneLease[];
  /** Seconds; the latest last date of what was in it. */
  readonly ttl: number;
}

export type LaneName = Pick<Lane, "projectId" | "subscriptionId" | "key">;

export function emptyLane(name: LaneName): Lane {
  return { ...name, version: 0, head: null, out: [], ttl: 0 };
}

export function headOf(delivery: Delivery): LaneHead {
  const { eventId, cause, dueAt, rank, bytes, state, lane } = delivery;
  return { position: lane?.position ?? 0, eventId, cause, dueAt, rank, bytes, isDead: state === "dead" };
}

/** When the head may go out: not while a lease is out, never while it is dead. */
export function findableAt({ head, out }: Lane): number | null {
  if (head === null || head.isDead) return null;
  return Math.max(head.dueAt, ...out.map(({ until }) => until));
}

/** The row of a lane that is not empty. */
export function laneItem(lane: Lane & { readonly head: LaneHead }, hash: string): KeyedItem {
  const { head, key, out, version, ttl } = lane;
  const at = findableAt(lane);
  return {
    ...laneHeadKey(lane.projectId, lane.subscriptionId, key),
    v: version,
    hp: head.position,
    he: head.eventId,
    hc: head.cause,
    hd: head.dueAt,
    rk: head.rank,
    z: head.bytes,
    dd: head.isDead ? 1 : null,
    out:
      out.length === 0
        ? null
        : JSON.stringify(out.map(({ position, until, token }) => [position, until, token])),
    f: at,
    ttl,
    q: hash,
    qs: at === null ? `p#${key}` : queueSort(head.rank, at, `lane#${key}`),
  };
}

/** A row of the queue is a lane's, not a delivery's. */
export function isLaneItem(item: Item): boolean {
  return item.sk === "h";
}

export function laneOf(item: KeyedItem): Lane & { readonly head: LaneHead } {
  const [projectId = "", subscriptionId = "", , key = ""] = item.pk.split("#");
  const out: readonly (readonly [number, number, string])[] = JSON.parse(textOf(item, "out") ?? "[]");
  return {
    projectId,
    subscriptionId,
    key,
    version: numberOf(item, "v") ?? 0,
    ttl: numberOf(item, "ttl") ?? 0,
    out: out.map(([position, until, token]) => ({ position, until, token })),
    head: {
      position: numberOf(item, "hp") ?? 0,
      eventId: textOf(item, "he") ?? "",
      cause: textOf(item, "hc") ?? "",
      dueAt: numberOf(item, "hd") ?? 0,
      rank: numberOf(item, "rk") ?? 0,
      bytes: numberOf(item, "z") ?? 0,
      isDead: item.dd === 1,
    },
  };
}
