import { z } from "zod";
import { DELIVERY_STATES } from "../../domain/delivery.ts";
import { deliveryId, parseDeliveryId } from "../../domain/ids.ts";
import { openPage } from "../page.ts";
import { renderDelivery } from "../render-delivery.ts";
import { defineRoute } from "../route.ts";
import { deliveryOutput } from "../schemas/delivery.ts";
import { idInput } from "../schemas/id.ts";
import { pageOutput } from "../schemas/page.ts";
import { pageQuery, timeQuery } from "../schemas/query.ts";

export const listDeliveries = defineRoute({
  method: "GET",
  path: "/v1/deliveries",
  operationId: "listDeliveries",
  access: "events:read",
  tag: "Deliveries",
  summary: "List deliveries",
  description:
    "In the order in which their events were accepted. `acknowledged` and `cancelled` filter while scanning: a page may be short or empty and still have a `next_cursor`.",
  query: z.strictObject({
    ...pageQuery,
    subscription_id: idInput("a subscription").optional(),
    event_id: idInput("an event").optional(),
    state: z
      .enum(DELIVERY_STATES)
      .optional()
      .meta({ description: "`pending` includes those that are blocked." }),
    after: timeQuery.optional().meta({ description: "Made then or later." }),
    before: timeQuery.optional().meta({ description: "Made before then." }),
  }),
  answers: { 200: { description: "Deliveries.", schema: pageOutput(deliveryOutput) } },
  async handle(context, request, reply) {
    const { caller, query } = request;
    const page = await openPage(context, request);
    const { views, after } = await context.flow.listDeliveries({
      projectId: caller.projectId,
      subscriptionId: query.subscription_id ?? null,
      eventId: query.event_id ?? null,
      state: query.state ?? null,
      createdFrom: query.after ?? null,
      createdTo: query.before ?? null,
      after: page.position === null ? null : parseDeliveryId(page.position),
      limit: page.limit,
    });
    const next = after === null ? null : deliveryId(after);
    return { data: views.map(renderDelivery), next_cursor: page.next(reply, next) };
  },
});
