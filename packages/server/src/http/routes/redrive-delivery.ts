import { audit } from "../audit.ts";
import { deliveryKeyOf } from "../delivery-key.ts";
import { renderDelivery } from "../render-delivery.ts";
import { defineRoute } from "../route.ts";
import { deliveryIdInput, deliveryOutput } from "../schemas/delivery.ts";

export const redriveDelivery = defineRoute({
  method: "POST",
  path: "/v1/deliveries/:id/redrive",
  operationId: "redriveDelivery",
  access: "subscriptions:manage",
  tag: "Deliveries",
  summary: "Try a dead letter again",
  description:
    "With as many attempts as in the beginning. In an ordered subscription one that parks its lane keeps its place; one that was skipped goes to the end.",
  params: { id: deliveryIdInput },
  answers: { 200: { description: "The delivery as it is now.", schema: deliveryOutput } },
  refusals: ["delivery_not_dead"],
  async handle(context, request) {
    const { flow } = context;
    const { projectId } = request.caller;
    const { id } = request.params;
    const key = deliveryKeyOf(id);
    await flow.redriveDelivery(projectId, key);
    audit(context, request, { action: "delivery.redriven", deliveryId: id });
    // Read again: whether its lane blocks it is no part of its row.
    return renderDelivery((await flow.readDelivery(projectId, key)).view);
  },
});
