import type { DeliveryKey } from "../domain/ids.ts";
import type { DeliveryView } from "../store/delivery-store.ts";
import { eventNotFound, type ReadParts } from "./read-events.ts";
import { readAsEffective } from "./read-fates.ts";

/** The deliveries of one event as they read now, see `GET /v1/events/{id}/deliveries`. */
export async function listEventDeliveries(
  { store, clock }: ReadParts,
  wish: {
    readonly projectId: string;
    readonly eventId: string;
    readonly page: { readonly after: DeliveryKey | null; readonly limit: number };
  },
): Promise<{ readonly views: readonly DeliveryView[]; readonly after: DeliveryKey | null }> {
  const { projectId, eventId, page } = wish;
  const now = clock.now();
  const [event] = await store.readEvents(projectId, [eventId], now);
  if (event === undefined) throw eventNotFound();
  const anyState = { subscriptionId: null, state: null, createdFrom: null, createdTo: null };
  const { views, after } = await store.listDeliveries({ projectId, eventId, ...anyState, ...page, now });
  const effective = await readAsEffective(
    store,
    views.map(({ delivery }) => delivery),
    now,
  );
  return {
    views: views.map((view, index) => ({ ...view, delivery: effective[index] ?? view.delivery })),
    after,
  };
}
