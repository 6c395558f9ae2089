import { rankOf } from "../../domain/priority.ts";
import type { AddedDelivery, DeliveryStore } from "../delivery-store.ts";
import { type EventHead, keysOfEvents, lockEvents } from "./event-heads.ts";
import { headsBefore, insertDeliveries, type NewDelivery } from "./insert-deliveries.ts";
import { lockKeys } from "./lanes.ts";
import type { Database } from "./open-database.ts";
import { takePositions } from "./ordering-keys.ts";
import { placeIn } from "./place-in-lanes.ts";
import type { Transaction } from "./session.ts";
import { wantedAmong } from "./wanted-deliveries.ts";

type Request = Parameters<DeliveryStore["addDeliveries"]>[0];

export function addDeliveries(db: Database, request: Request): Promise<number> {
  return db.transact((tx) => addAll(tx, request));
}

async function addAll(tx: Transaction, { projectId, deliveries, now }: Request): Promise<number> {
  const ids = [...new Set(deliveries.map(({ eventId }) => eventId))];
  await lockKeys(tx, projectId, await keysOfEvents(tx, projectId, ids));
  const events = await lockEvents(tx, projectId, { ids, now });
  const keys = deliveries.filter(({ eventId }) => events.has(eventId));
  const wanted = await wantedAmong(tx, projectId, { keys, now });
  const made = await placeAll(tx, { projectId, wanted, events, now });
  const heads = await headsBefore(tx, projectId, made);
  insertDeliveries(tx, projectId, { deliveries: made, heads });
  return made.length;
}

interface Adding {
  readonly projectId: string;
  readonly wanted: readonly AddedDelivery[];
  readonly events: ReadonlyMap<string, EventHead>;
  readonly now: number;
}

/** New positions go to deliveries in the order in which these were asked for. */
async function placeAll(tx: Transaction, { projectId, wanted, events, now }: Adding): Promise<NewDelivery[]> {
  const counts = new Map<string, number>();
  for (const added of wanted) {
    const key = movedKey(added, events.get(added.eventId));
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const wishes = [...counts].map(([key, count]) => ({ key, count, at: now }));
  const next = new Map(await takePositions(tx, projectId, wishes));
  return wanted.flatMap((added) => {
    const head = events.get(added.eventId);
    if (head === undefined) return [];
    const key = movedKey(added, head);
    const taken = key === null ? undefined : next.get(key);
    if (key !== null && taken !== undefined) next.set(key, taken + 1);
    return [newDelivery(added, { head, position: taken ?? head.position, now })];
  });
}

/** The ordering key at whose end a delivery gets a new position; null if it keeps its event's, or stands in no lane. */
function movedKey({ takesNewPosition, ordered }: AddedDelivery, head: EventHead | undefined): string | null {
  return takesNewPosition && ordered ? (head?.orderingKeyIndex ?? null) : null;
}

function newDelivery(
  added: AddedDelivery,
  {
    head,
    position,
    now,
  }: { readonly head: EventHead; readonly position: number | null; readonly now: number },
): NewDelivery {
  const { eventId, subscriptionId, cause, dueAt } = added;
  const { priority, bytes, expiresAt, orderingKeyIndex } = head;
  const lane = placeIn(added, orderingKeyIndex, position);
  const rank = rankOf(priority, false);
  return { eventId, subscriptionId, cause, rank, dueAt, bytes, createdAt: now, expiresAt, lane };
}
