import { audit } from "../audit.ts";
import { deliveryKeyOf } from "../delivery-key.ts";
import { renderDelivery } from "../render-delivery.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { deliveryIdInput, deliveryOutput } from "../schemas/delivery.ts";
import { cancelInput } from "../schemas/redrive.ts";

export const cancelDelivery = defineRoute({
  method: "POST",
  path: "/v1/deliveries/:id/cancel",
  operationId: "cancelDelivery",
  access: "subscriptions:manage",
  tag: "Deliveries",
  summary: "Give up a delivery",
  description: "One that waits or is dead. Its lane goes on.",
  params: { id: deliveryIdInput },
  body: jsonBody(cancelInput, { isOptional: true }),
  answers: { 200: { description: "The delivery as it is now.", schema: deliveryOutput } },
  refusals: ["delivery_settled"],
  async handle(context, request) {
    const { id } = request.params;
    const wish = { key: deliveryKeyOf(id), reason: request.body.reason ?? null };
    const delivery = await context.flow.cancelDelivery(request.caller.projectId, wish);
    audit(context, request, { action: "delivery.cancelled", deliveryId: id });
    return renderDelivery({ delivery, isBlocked: false });
  },
});
