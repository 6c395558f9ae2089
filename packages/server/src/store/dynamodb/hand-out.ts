import { attemptsLeft, type Delivery, transition } from "../../domain/delivery.ts";
import type { Subscription } from "../../domain/subscription.ts";
import { changeWrites, readDeliveryRow } from "./change-delivery.ts";
import { laneWrites, readLane } from "./change-lane.ts";
import type { Dynamo } from "./dynamo.ts";
import { ABANDONED_MS, fenceEvent } from "./fence-event.ts";
import { isKept } from "./find-events.ts";
import { deliverySort } from "./keys.ts";
import type { Lane } from "./lane-rows.ts";
import type { Place } from "./places.ts";
import { type Entry, keyOfEntry } from "./queue.ts";
import { changedRow, type DeliveryRow, deliveryItem, type EventPlace } from "./rows.ts";
import { putItem, removeItem, transact } from "./write-items.ts";

/** What came of an entry. `lost`: somebody else was first, or its event is not committed yet; `dropped`: it was no more to be had, and its place is free for another. */
export type HandOut =
  | { readonly outcome: "leased" | "died"; readonly delivery: Delivery }
  | { readonly outcome: "lost" | "dropped" };

export interface HandOutWish {
  readonly place: Place;
  readonly subscription: Subscription;
  /** What stands in the place of its event. */
  readonly event: EventPlace;
  readonly token: string;
  readonly now: number;
  readonly until: number;
  /** It is moved to the end of its lease in the queue, out of the way of those behind it. */
  readonly movesAside: boolean;
}

const LOST: HandOut = { outcome: "lost" };

/** Takes one entry of a queue for a lease, by one conditional write: of all who try, one succeeds. */
export async function handOut(dynamo: Dynamo, entry: Entry, wish: HandOutWish): Promise<HandOut> {
  const fate = await fateOf(dynamo, entry, wish);
  if (fate === "unknown") return LOST;
  if (entry.kind === "delivery") return takeDelivery(dynamo, entry.row, { ...wish, fate });
  return takeHead(dynamo, entry, { ...wish, fate });
}

type Fate = "there" | "gone" | "unknown";

/** A delivery whose event is not there is an intent of a commit that is under way, or of one that never came: then its event is fenced first. */
async function fateOf(dynamo: Dynamo, entry: Entry, { place, event, now }: HandOutWish): Promise<Fate> {
  const { eventId } = keyOfEntry(entry);
  if (event.kind === "event") return isKept(event.row.event, now) ? "there" : "gone";
  if (event.kind !== "nothing") return "gone";
  const createdAt = entry.kind === "delivery" ? entry.row.delivery.createdAt : now;
  if (entry.kind === "delivery" && now - createdAt < ABANDONED_MS) return "unknown";
  return (await fenceEvent(dynamo, place, { eventId, until: now + ABANDONED_MS })) ? "gone" : "unknown";
}

type Taking = HandOutWish & { readonly fate: Fate };

/** What a lease makes of a row; null: it is dropped; `keep`: it may not go out any more. */
function leasedRow(
  row: DeliveryRow,
  { fate, subscription, token, until, now, movesAside }: Taking,
): DeliveryRow | null | "keep" {
  if (fate === "gone" || row.delivery.expiresAt <= now) return null;
  const { maxAttempts, channel } = subscription;
  const lease = { kind: "lease", token, until, maxAttempts, countsAttempt: channel === "inbox" } as const;
  const result = transition(row.delivery, lease, now);
  if (result.outcome !== "changed") return "keep";
  const isLast = attemptsLeft(result.delivery, maxAttempts) <= 0;
  return changedRow(row, result.delivery, { keepsPlace: !movesAside, isLast });
}

async function takeDelivery(dynamo: Dynamo, row: DeliveryRow, taking: Taking): Promise<HandOut> {
  const changed = leasedRow(row, taking);
  if (changed === "keep") return LOST;
  const condition = { expression: "v = :v", values: { v: row.version } };
  const key = { pk: row.pk, sk: deliverySort(row.delivery) };
  const outcome =
    changed === null
      ? await removeItem(dynamo, "events", { key, condition })
      : await putItem(dynamo, "events", { item: deliveryItem(changed), condition });
  return outcome.isDone ? handedOut(changed) : LOST;
}

function handedOut(changed: DeliveryRow | null): HandOut {
  if (changed === null) return { outcome: "dropped" };
  const { delivery } = changed;
  return { outcome: delivery.state === "dead" ? "died" : "leased", delivery };
}

/** The head of a lane goes out together with the lane's row. */
async function takeHead(
  dynamo: Dynamo,
  entry: Extract<Entry, { kind: "lane" }>,
  taking: Taking,
): Promise<HandOut> {
  const { place } = taking;
  const key = keyOfEntry(entry);
  const lane = await readLane(dynamo, entry.lane);
  if (lane.version !== entry.lane.version) return LOST;
  const known = await readDeliveryRow(dynamo, place, key);
  if (known === null) return passMissing(dynamo, place, lane);
  const decision = leasedRow(known, taking);
  if (decision === "keep") return LOST;
  const writes = await changeWrites(dynamo, { place, known, decision, lane });
  return (await transact(dynamo, writes)).isDone ? handedOut(decision) : LOST;
}

/** The storage's TTL may take a delivery before its place in the lane. */
async function passMissing(dynamo: Dynamo, place: Place, lane: Lane): Promise<HandOut> {
  const { head } = lane;
  if (head === null) return LOST;
  const missing = {
    state: "pending",
    lane: { key: lane.key, position: head.position, parks: true },
    expiresAt: 0,
  } as const;
  const writes = await laneWrites(dynamo, { place, lane, change: { before: missing, after: null } });
  return (await transact(dynamo, writes)).isDone ? { outcome: "dropped" } : LOST;
}
