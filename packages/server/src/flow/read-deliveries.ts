import type { DeliveryState } from "../domain/delivery.ts";
import { type DeliveryKey, deliveryId } from "../domain/ids.ts";
import { matchesEvents, stateAt } from "../domain/subscription.ts";
import type { DeliveryListRequest, DeliveryView } from "../store/delivery-store.ts";
import { openReason } from "./delivery-reason.ts";
import { eventNotFound, type ReadParts } from "./read-events.ts";
import { readAsEffective } from "./read-fates.ts";
import { deliveryNotFound } from "./redrive-deliveries.ts";
import { requireSeal } from "./require-seal.ts";
import type { AttemptView, DeliveryPage } from "./views.ts";

/** Deliveries as they read now, see `GET /v1/deliveries`. */
export async function listDeliveries(
  parts: ReadParts,
  request: Omit<DeliveryListRequest, "now">,
): Promise<DeliveryPage> {
  const { store, clock } = parts;
  const now = clock.now();
  const state = await stateOfRows(parts, request, now);
  const { views, after } = await store.listDeliveries({ ...request, state, now });
  const effective = await asEffective(parts, views, now);
  if (request.state === null) return { views: effective, after };
  return { views: effective.filter(({ delivery }) => delivery.state === request.state), after };
}

/**
 * The state in which the rows of a list are looked for: any, as long as the rows of a subscription that is over may still stand as open ones. Over all subscriptions the ones that were just
 * given up are left out until their rows are written: to look at every row for them would make each page of such a list short.
 */
async function stateOfRows(
  { store }: ReadParts,
  { projectId, subscriptionId, eventId, state }: Omit<DeliveryListRequest, "now">,
  now: number,
): Promise<DeliveryState | null> {
  if (state === null || eventId !== null) return null;
  if (subscriptionId === null) return state;
  const subscription = await store.readSubscription(projectId, subscriptionId);
  if (subscription !== null && matchesEvents(stateAt(subscription, now))) return state;
  const open = await Promise.all(
    (["pending", "leased"] as const).map((one) => store.countDeliveries(projectId, subscriptionId, one)),
  );
  return open.some(({ count }) => count > 0) ? null : state;
}

/** The deliveries of one event, see `GET /v1/events/{id}/deliveries`. */
export async function listEventDeliveries(
  parts: ReadParts,
  wish: {
    readonly projectId: string;
    readonly eventId: string;
    readonly page: { readonly after: DeliveryKey | null; readonly limit: number };
  },
): Promise<DeliveryPage> {
  const { projectId, eventId, page } = wish;
  const [event] = await parts.store.readEvents(projectId, [eventId], parts.clock.now());
  if (event === undefined) throw eventNotFound();
  const any = { subscriptionId: null, state: null, createdFrom: null, createdTo: null };
  return listDeliveries(parts, { projectId, eventId, ...any, ...page });
}

/** One delivery with its attempts. */
export async function readDelivery(
  parts: ReadParts,
  projectId: string,
  key: DeliveryKey,
): Promise<{ readonly view: DeliveryView; readonly attempts: readonly AttemptView[] }> {
  const { store, clock, sealer } = parts;
  const found = await store.readDelivery(projectId, key);
  if (found === null) throw deliveryNotFound();
  const [view = found] = await asEffective(parts, [found], clock.now());
  const seal = await requireSeal(sealer, projectId);
  const rows = await store.readAttempts(projectId, key);
  const attempts = await Promise.all(
    rows.map(async ({ sealedExcerpt, ...row }) => {
      const excerpt =
        sealedExcerpt === null ? null : await seal.open(deliveryId(key), "excerpt", sealedExcerpt);
      return { ...row, excerpt };
    }),
  );
  return { view, attempts };
}

/** As they read now, with the reasons that people wrote opened. */
async function asEffective(
  { store, sealer }: ReadParts,
  views: readonly DeliveryView[],
  now: number,
): Promise<readonly DeliveryView[]> {
  const [first] = views;
  if (first === undefined) return views;
  const seal = await requireSeal(sealer, first.delivery.projectId);
  const effective = await readAsEffective(
    store,
    views.map(({ delivery }) => delivery),
    now,
  );
  return Promise.all(
    views.map(async (view, index) => {
      const delivery = effective[index] ?? view.delivery;
      const stateReason = await openReason(seal, delivery, delivery.stateReason);
      return { ...view, delivery: { ...delivery, stateReason } };
    }),
  );
}
