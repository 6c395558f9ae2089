import { type Delivery, transition } from "../../domain/delivery.ts";
import type { DeliveryStore } from "../delivery-store.ts";
import { changeWrites, readDeliveryRow } from "./change-delivery.ts";
import { pause } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { keyWrite, readOrderingKey } from "./ordering-keys.ts";
import type { Place } from "./places.ts";
import { changedRow, type DeliveryRow } from "./rows.ts";
import { takingDeliveries } from "./subscription-rows.ts";
import { unavailable } from "./translate-errors.ts";
import { transact, type Write } from "./write-items.ts";

type Request = Parameters<DeliveryStore["redriveDelivery"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["redriveDelivery"]>>;

const ROUNDS = 20;

export async function redriveDelivery(dynamo: Dynamo, { projectId, key, now }: Request): Promise<Outcome> {
  const place = await dynamo.places.find(projectId);
  if (place === null) return { outcome: "not_found" };
  for (let round = 0; round < ROUNDS; round++) {
    const [row, taking] = await Promise.all([
      readDeliveryRow(dynamo, place, key),
      takingDeliveries(dynamo, projectId, { ids: [key.subscriptionId], now }),
    ]);
    if (row === null || row.delivery.expiresAt <= now) return { outcome: "not_found" };
    if (!taking.has(key.subscriptionId) || row.delivery.state !== "dead") return { outcome: "refused" };
    const delivery = await redriveRow(dynamo, place, { row, now });
    if (delivery !== null) return { outcome: "redriven", delivery };
    await pause(Math.min(round, 3));
  }
  throw unavailable();
}

/** Null: somebody else changed it first. */
async function redriveRow(
  dynamo: Dynamo,
  place: Place,
  { row, now }: { readonly row: DeliveryRow; readonly now: number },
): Promise<Delivery | null> {
  const { moved, counts } = await atEndOfKey(dynamo, row.delivery, now);
  const result = transition(moved, { kind: "redrive" }, now);
  if (result.outcome !== "changed") return null;
  const decision = changedRow(row, result.delivery);
  const writes = await changeWrites(dynamo, { place, known: row, decision });
  return (await transact(dynamo, [...writes, ...counts])).isDone ? result.delivery : null;
}

/** A dead delivery that let its lane go on comes back behind all others of its key; every other one keeps its place. */
async function atEndOfKey(
  dynamo: Dynamo,
  delivery: Delivery,
  now: number,
): Promise<{ readonly moved: Delivery; readonly counts: readonly Write[] }> {
  const { lane, projectId, expiresAt } = delivery;
  if (lane === null || lane.parks) return { moved: delivery, counts: [] };
  const counter = await readOrderingKey(dynamo, projectId, lane.key);
  const counts = [keyWrite(counter, { at: now, takes: 1, plans: 0, until: expiresAt })];
  return { moved: { ...delivery, lane: { ...lane, position: counter.position + 1 } }, counts };
}
