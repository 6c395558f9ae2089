import { deliveryKeyOf } from "../delivery-key.ts";
import { renderAttempts, renderDelivery } from "../render-delivery.ts";
import { defineRoute } from "../route.ts";
import { deliveryDetailOutput, deliveryIdInput } from "../schemas/delivery.ts";

export const getDelivery = defineRoute({
  method: "GET",
  path: "/v1/deliveries/:id",
  operationId: "getDelivery",
  access: "events:read",
  tag: "Deliveries",
  summary: "Read a delivery with its attempts",
  params: { id: deliveryIdInput },
  answers: { 200: { description: "The delivery.", schema: deliveryDetailOutput } },
  async handle({ flow }, { caller, params }) {
    const { view, attempts } = await flow.readDelivery(caller.projectId, deliveryKeyOf(params.id));
    return { ...renderDelivery(view), attempts: renderAttempts(attempts) };
  },
});
