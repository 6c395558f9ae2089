import { audit } from "../audit.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";

export const deleteSubscription = defineRoute({
  method: "DELETE",
  path: "/v1/subscriptions/:id",
  operationId: "deleteSubscription",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "Delete a subscription",
  description:
    "Its open deliveries are cancelled; events stay. Leases already out may be settled until then. One deleted before is 204 again.",
  params: { id: idInput("a subscription") },
  answers: { 204: { description: "It is deleted." } },
  refusals: ["main_inbox"],
  async handle(context, request, reply) {
    const { id } = request.params;
    await context.flow.deleteSubscription(request.caller.projectId, id);
    audit(context, request, { action: "subscription.deleted", subscriptionId: id });
    reply.code(204);
  },
});
