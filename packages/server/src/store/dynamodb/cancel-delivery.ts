import type { DeliveryStore } from "../delivery-store.ts";
import { applyCommand } from "./change-delivery.ts";
import type { Dynamo } from "./dynamo.ts";

type Request = Parameters<DeliveryStore["cancelDelivery"]>[0];
type Outcome = Awaited<ReturnType<DeliveryStore["cancelDelivery"]>>;

export async function cancelDelivery(
  dynamo: Dynamo,
  { projectId, key, reason, now }: Request,
): Promise<Outcome> {
  const place = await dynamo.places.find(projectId);
  if (place === null) return { outcome: "not_found" };
  const result = await applyCommand(dynamo, { place, key, now }, { kind: "cancel", reason });
  if (result === null) return { outcome: "not_found" };
  return result.outcome === "changed"
    ? { outcome: "cancelled", delivery: result.delivery }
    : { outcome: "refused" };
}
