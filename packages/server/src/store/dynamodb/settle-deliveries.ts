import type { DeliveryStore, SettleOutcome, SettleRequest } from "../delivery-store.ts";
import { settleCommand, settleOutcome } from "../settle-command.ts";
import { attemptItem } from "./attempt-rows.ts";
import { applyCommand } from "./change-delivery.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { deliveryName, findDeliveries } from "./find-events.ts";
import type { Place } from "./places.ts";
import type { DeliveryRow } from "./rows.ts";
import { putItem } from "./write-items.ts";

type Request = Parameters<DeliveryStore["settleDeliveries"]>[0];

/** Deliveries are settled beside one another; several settles of one delivery one after the other. */
export async function settleDeliveries(
  dynamo: Dynamo,
  { projectId, now, settles }: Request,
): Promise<SettleOutcome[]> {
  const place = await dynamo.places.find(projectId);
  if (place === null) return settles.map(() => ({ outcome: "not_found" }));
  const rows = await findDeliveries(dynamo, place, settles);
  const byDelivery = new Map<string, number[]>();
  for (const [index, settle] of settles.entries()) {
    const name = deliveryName(settle);
    byDelivery.set(name, [...(byDelivery.get(name) ?? []), index]);
  }
  const outcomes: SettleOutcome[] = [];
  await inParallel([...byDelivery], async ([name, indices]) => {
    let row = rows.get(name);
    for (const index of indices) {
      const settle = settles[index] as SettleRequest;
      outcomes[index] =
        row === undefined ? { outcome: "not_found" } : await settleOne(dynamo, { place, row, settle, now });
      if (indices.length > 1) row = (await findDeliveries(dynamo, place, [settle])).get(name);
    }
  });
  return outcomes;
}

interface Settling {
  readonly place: Place;
  readonly row: DeliveryRow;
  readonly settle: SettleRequest;
  readonly now: number;
}

async function settleOne(dynamo: Dynamo, { place, row, settle, now }: Settling): Promise<SettleOutcome> {
  const result = await applyCommand(dynamo, { place, key: settle, row, now }, settleCommand(settle));
  const outcome: SettleOutcome = result === null ? { outcome: "not_found" } : settleOutcome(result);
  if (outcome.outcome === "settled" && settle.attempt !== null && settle.verb.kind !== "extend") {
    const { attempt: number, expiresAt: until } = outcome.delivery;
    const item = attemptItem(row.pk, settle, { attempt: settle.attempt, number, until });
    await putItem(dynamo, "events", { item, condition: null });
  }
  return outcome;
}
