import { audit } from "../audit.ts";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";

export const deleteEvent = defineRoute({
  method: "DELETE",
  path: "/v1/events/:id",
  operationId: "deleteEvent",
  access: "events:write",
  tag: "Events",
  summary: "Delete an event",
  description:
    "From the answer on no read and no settle finds it; its deliveries follow within 60 s. Its idempotency key stays taken.",
  params: { id: idInput("an event") },
  answers: { 204: { description: "It is deleted." } },
  async handle(context, request, reply) {
    const { id } = request.params;
    await context.flow.deleteEvent(request.caller.projectId, id);
    audit(context, request, { action: "event.deleted", eventId: id });
    reply.code(204);
  },
});
