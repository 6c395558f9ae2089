import type { Delivery } from "../domain/delivery.ts";
import { TriggersError } from "../domain/errors.ts";
import { deliveryId, parseDeliveryId } from "../domain/ids.ts";
import type { Subscription } from "../domain/subscription.ts";
import { openEvent, passes, type ReadParts, subjectIndexOf } from "./read-events.ts";
import type { EventFilter, EventView, WaitingPage } from "./views.ts";

const STEP = 250;
const SCAN_ROWS = 5_000;

export interface WaitingQuery extends EventFilter {
  readonly position: string | null;
  readonly limit: number;
  readonly maxBytes: number;
}

/** What waits in an inbox, without taking it, see `GET /v1/inbox`. */
export async function listWaiting(
  parts: ReadParts,
  inbox: Subscription,
  query: WaitingQuery,
): Promise<WaitingPage> {
  const { projectId, id: subscriptionId } = inbox;
  const subjectIndex = await subjectIndexOf(parts.sealer, projectId, query.subject);
  const items: { readonly delivery: Delivery; readonly view: EventView }[] = [];
  const limit = Math.min(STEP, query.limit + 1);
  let bytes = 0;
  let last: Delivery | null = null;
  let after = query.position === null ? null : readPosition(query.position);
  for (let rows = 0; rows < SCAN_ROWS; rows += limit) {
    const waiting = await parts.store.listWaiting({
      projectId,
      subscriptionId,
      now: parts.clock.now(),
      after,
      limit,
    });
    const events = await readEventsOf(parts, projectId, waiting);
    for (const delivery of waiting) {
      const event = events.get(delivery.eventId);
      if (event !== undefined && passes(event, query, subjectIndex)) {
        const isFull =
          items.length >= query.limit || (items.length > 0 && bytes + event.bytes > query.maxBytes);
        if (isFull) return { items, nextPosition: positionOf(last) };
        bytes += event.bytes;
        items.push({ delivery, view: await openEvent(parts.sealer, event, null) });
      }
      last = delivery;
      after = { dueAt: delivery.dueAt, key: delivery };
    }
    if (waiting.length < limit) return { items, nextPosition: null };
  }
  return { items, nextPosition: positionOf(last) };
}

async function readEventsOf({ store, clock }: ReadParts, projectId: string, deliveries: readonly Delivery[]) {
  const events = await store.readEvents(
    projectId,
    deliveries.map(({ eventId }) => eventId),
    clock.now(),
  );
  return new Map(events.map((event) => [event.id, event]));
}

function positionOf(delivery: Delivery | null): string | null {
  return delivery === null ? null : `${delivery.dueAt} ${deliveryId(delivery)}`;
}

function readPosition(position: string) {
  const [dueAt = "", id = ""] = position.split(" ");
  const key = parseDeliveryId(id);
  if (key === null) throw new TriggersError("invalid_cursor", "Use `next_cursor` as it was answered.");
  return { dueAt: Number(dueAt), key };
}
