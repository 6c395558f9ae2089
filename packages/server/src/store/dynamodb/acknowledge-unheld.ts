import type { DeliveryStore } from "../delivery-store.ts";
import { applyCommand } from "./change-delivery.ts";
import type { Dynamo } from "./dynamo.ts";
import { findEvents } from "./find-events.ts";
import { deliveriesOfEvent } from "./remove-event.ts";

type Request = Parameters<DeliveryStore["acknowledgeUnheld"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["acknowledgeUnheld"]>>;

export async function acknowledgeUnheld(dynamo: Dynamo, request: Request): Promise<Outcome> {
  const { projectId, eventId, subscriptionId, now } = request;
  const place = await dynamo.places.find(projectId);
  const event = place && (await findEvents(dynamo, place, { ids: [eventId], now })).get(eventId);
  if (place === null || event === null || event === undefined) return "not_found";
  const all = await deliveriesOfEvent(dynamo, { projectId, pk: event.pk, eventId });
  const rows = all.filter(({ delivery }) => delivery.subscriptionId === subscriptionId);
  const outcomes: string[] = [];
  for (const row of rows) {
    const wish = { place, key: row.delivery, row, now };
    const result = await applyCommand(dynamo, wish, { kind: "acknowledge_unheld" });
    outcomes.push(result?.outcome ?? "gone");
  }
  if (outcomes.includes("changed")) return "acknowledged";
  if (outcomes.includes("held")) return "held";
  if (outcomes.includes("already_acknowledged")) return "already_acknowledged";
  return rows.some(({ delivery }) => delivery.state === "dead") ? "dead" : "not_found";
}
