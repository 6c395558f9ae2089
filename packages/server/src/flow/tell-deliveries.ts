import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { OWNER_SOURCE, type TellOwner } from "./tell-owner.ts";

interface Parts {
  readonly store: Pick<Store, "readEvents">;
  readonly clock: Clock;
  readonly tellOwner: TellOwner;
}

/** What is told of a delivery that gave up; goes out as it stands. */
export interface GivenUp {
  readonly event_id: string;
  readonly subscription_id: string;
  readonly delivery_id?: string;
  readonly reason: string | null;
  readonly attempt?: number;
}

/** Tells the owner of deliveries that gave up, one event each; of those of owner events nothing is told, or they would never end. */
export async function tellDeliveries(
  { store, clock, tellOwner }: Parts,
  projectId: string,
  told: { readonly type: "delivery.dead" | "delivery.expired"; readonly deliveries: readonly GivenUp[] },
): Promise<void> {
  const ids = [...new Set(told.deliveries.map(({ event_id }) => event_id))];
  if (ids.length === 0) return;
  const events = await store.readEvents(projectId, ids, clock.now());
  const sources = new Map(events.map(({ id, source }) => [id, source]));
  for (const delivery of told.deliveries) {
    if (sources.get(delivery.event_id) !== OWNER_SOURCE) tellOwner(projectId, told.type, { ...delivery });
  }
}
