import type { Delivery } from "../../domain/delivery.ts";
import { laneWrites, readLane } from "./change-lane.ts";
import { IS_ABSENT, pause } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { insertItems } from "./insert-items.ts";
import { keyWrite, readOrderingKey } from "./ordering-keys.ts";
import type { Place } from "./places.ts";
import { type DeliveryRow, deliveryItem } from "./rows.ts";
import { unavailable } from "./translate-errors.ts";
import { transact, type Write } from "./write-items.ts";

const ROUNDS = 20;

/** Inserts what is absent of deliveries that are in no lane; tells which were. */
export async function insertPlain(dynamo: Dynamo, rows: readonly DeliveryRow[]): Promise<readonly boolean[]> {
  const outcomes = await insertItems(dynamo, "events", { items: rows.map(deliveryItem) });
  return outcomes.map((outcome) => outcome !== "there");
}

/**
 * Inserts a delivery of a lane where it is absent; false: it is there. `takesNewPosition`: it goes to the end of its key, whose counter is in the same transaction.
 */
export async function insertInLane(
  dynamo: Dynamo,
  place: Place,
  {
    row,
    takesNewPosition,
    now,
  }: { readonly row: DeliveryRow; readonly takesNewPosition: boolean; readonly now: number },
): Promise<boolean> {
  const { lane: own, projectId, subscriptionId, expiresAt } = row.delivery;
  if (own === null) throw new Error("The delivery is in no lane");
  for (let round = 0; round < ROUNDS; round++) {
    const counter = takesNewPosition ? await readOrderingKey(dynamo, projectId, own.key) : null;
    const position = counter === null ? own.position : counter.position + 1;
    const after: Delivery = { ...row.delivery, lane: { ...own, position } };
    const lane = await readLane(dynamo, { projectId, subscriptionId, key: own.key });
    const writes: Write[] = [
      { table: "events", put: deliveryItem({ ...row, delivery: after }), condition: IS_ABSENT },
      ...(await laneWrites(dynamo, { place, lane, change: { before: null, after } })),
      ...(counter === null ? [] : [keyWrite(counter, { at: now, takes: 1, plans: 0, until: expiresAt })]),
    ];
    const outcome = await transact(dynamo, writes);
    if (outcome.isDone) return true;
    if (outcome.refused.has(0)) return false;
    await pause(Math.min(round, 3));
  }
  throw unavailable();
}
