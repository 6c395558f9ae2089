import type { Delivery } from "../../domain/delivery.ts";
import { timeOfId } from "../../domain/ids.ts";
import { RANKS } from "../../domain/priority.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { Dynamo } from "./dynamo.ts";
import type { Item, KeyedItem } from "./item.ts";
import { padTime, queueHash } from "./keys.ts";
import { findableAt, isLaneItem, type Lane, type LaneHead, laneOf } from "./lane-rows.ts";
import { lastOf, type QueryPage, readPage } from "./read-items.ts";
import { type DeliveryRow, deliveryRow } from "./rows.ts";
import type { SubscriptionRow } from "./subscription-rows.ts";
import { QUEUE_INDEX } from "./tables.ts";

/** One row of a queue as its index shows it: a delivery, or the head of a lane. */
export type Entry = {
  readonly rank: number;
  /** When a lease may find it. */
  readonly at: number;
  readonly eventId: string;
  /** Different for each row, and for each version of it. */
  readonly name: string;
} & (
  | { readonly kind: "delivery"; readonly row: DeliveryRow }
  | { readonly kind: "lane"; readonly lane: Lane & { readonly head: LaneHead } }
);

/** What was read of a queue. */
export interface QueueView {
  /** Those a lease may find at `now`, by rank and time. */
  readonly due: readonly Entry[];
  /** When the first of the others will be due; null: there is none. */
  readonly nextAt: number | null;
  /** So many that are held had to be looked past. */
  readonly held: number;
}

export interface QueueQuestion {
  readonly row: SubscriptionRow;
  readonly now: number;
  /** So many due ones of each rank are enough. */
  readonly want: number;
}

const LEAST_PAGE = 60;

/** What waits in a subscription's queue: one query for a short one, some for each rank of a long one. */
export async function readQueue(dynamo: Dynamo, question: QueueQuestion): Promise<QueueView> {
  const { projectId, id } = question.row.subscription;
  const hashes = Array.from({ length: question.row.queues }, (_, shard) => queueHash(projectId, id, shard));
  const pages = await Promise.all(hashes.map((hash) => readShard(dynamo, hash, question)));
  const entries = pages.flat().filter((entry) => !waitsForCatchUp(entry, question.row.subscription));
  const due = entries.filter(({ at }) => at <= question.now).sort(compareEntries);
  const later = entries.filter(({ at }) => at > question.now);
  const nextAt = later.length === 0 ? null : Math.min(...later.map(({ at }) => at));
  return { due, nextAt, held: later.filter(isHeld).length };
}

function isHeld(entry: Entry): boolean {
  return entry.kind === "delivery" && entry.row.delivery.state === "leased";
}

function compareEntries(a: Entry, b: Entry): number {
  return a.rank - b.rank || a.at - b.at || (a.name < b.name ? -1 : 1);
}

/** True while a back-fill of an ordered subscription has yet to bring earlier events. */
function waitsForCatchUp({ eventId }: Entry, { ordered, catchUpTo }: Subscription): boolean {
  return ordered && catchUpTo !== null && timeOfId(eventId) > catchUpTo;
}

async function readShard(dynamo: Dynamo, hash: string, question: QueueQuestion): Promise<Entry[]> {
  const { projectId } = question.row.subscription;
  const limit = Math.max(LEAST_PAGE, question.want * 2);
  const query = { table: "events", index: QUEUE_INDEX, hash, limit } as const;
  const first = await readPage(dynamo, { ...query, from: "o", to: lastOf("o") });
  const toEntries = (items: readonly KeyedItem[]) => items.map((item) => entryOf(projectId, item));
  if (first.next === null) return toEntries(first.items);
  const ranks = await Promise.all(
    Array.from({ length: RANKS }, (_, rank) => readRank(dynamo, { hash, rank, limit }, question)),
  );
  return toEntries(ranks.flat());
}

/** Of one rank what is due, past what is held in between, and the first that is not due yet. */
async function readRank(
  dynamo: Dynamo,
  { hash, rank, limit }: { readonly hash: string; readonly rank: number; readonly limit: number },
  { row, now, want }: QueueQuestion,
): Promise<readonly KeyedItem[]> {
  const query = { table: "events", index: QUEUE_INDEX, hash, limit } as const;
  const bound = `o${rank}#${padTime(now)}`;
  const items: KeyedItem[] = [];
  let start: Item | null = null;
  let due = 0;
  do {
    const page: QueryPage = await readPage(dynamo, { ...query, from: `o${rank}#`, to: lastOf(bound), start });
    items.push(...page.items);
    due += page.items.filter((item) => isDue(entryOf(row.subscription.projectId, item), row, now)).length;
    start = page.next;
  } while (start !== null && due < want);
  if (due > 0) return items;
  const next = await readPage(dynamo, { ...query, from: `${bound}~`, to: lastOf(`o${rank}#`) });
  return [...items, ...next.items];
}

function isDue(entry: Entry, { subscription }: SubscriptionRow, now: number): boolean {
  return entry.at <= now && !waitsForCatchUp(entry, subscription);
}

function entryOf(projectId: string, item: KeyedItem): Entry {
  if (isLaneItem(item)) {
    const lane = laneOf(item);
    const { eventId, rank } = lane.head;
    const name = `${lane.key} ${lane.version}`;
    return { kind: "lane", lane, rank, at: findableAt(lane) ?? Number.POSITIVE_INFINITY, eventId, name };
  }
  const row = deliveryRow(projectId, item);
  const { rank, dueAt: at, eventId, cause } = row.delivery;
  return { kind: "delivery", row, rank, at, eventId, name: `${eventId} ${cause} ${row.version}` };
}

/** The delivery that an entry would hand out, as far as the index knows it. */
export function keyOfEntry(entry: Entry): Pick<Delivery, "eventId" | "subscriptionId" | "cause"> {
  if (entry.kind === "delivery") return entry.row.delivery;
  const { subscriptionId, head } = entry.lane;
  return { eventId: head.eventId, subscriptionId, cause: head.cause };
}
