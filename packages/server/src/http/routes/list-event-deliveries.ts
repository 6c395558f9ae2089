import { z } from "zod";
import { deliveryId, parseDeliveryId } from "../../domain/ids.ts";
import { openPage } from "../page.ts";
import { renderDelivery } from "../render-delivery.ts";
import { defineRoute } from "../route.ts";
import { deliveryOutput } from "../schemas/delivery.ts";
import { idInput } from "../schemas/id.ts";
import { pageOutput } from "../schemas/page.ts";
import { pageQuery } from "../schemas/query.ts";

export const listEventDeliveries = defineRoute({
  method: "GET",
  path: "/v1/events/:id/deliveries",
  operationId: "listEventDeliveries",
  access: "events:read",
  tag: "Events",
  summary: "List the deliveries of an event",
  params: { id: idInput("an event") },
  query: z.strictObject(pageQuery),
  answers: { 200: { description: "Its deliveries.", schema: pageOutput(deliveryOutput) } },
  async handle(context, request, reply) {
    const page = await openPage(context, request);
    const { views, after } = await context.flow.listEventDeliveries(
      request.caller.projectId,
      request.params.id,
      { after: page.position === null ? null : parseDeliveryId(page.position), limit: page.limit },
    );
    const nextPosition = after === null ? null : deliveryId(after);
    return { data: views.map(renderDelivery), next_cursor: page.next(reply, nextPosition) };
  },
});
