import { z } from "zod";
import { openPage } from "../page.ts";
import { ANSWER_BYTES } from "../render-event.ts";
import { renderSubscription } from "../render-subscription.ts";
import { defineRoute } from "../route.ts";
import { pageOutput } from "../schemas/page.ts";
import { pageQuery } from "../schemas/query.ts";
import { subscriptionOutput } from "../schemas/subscription.ts";

/** Room for the cursor and what stands around the items. */
const FRAME_BYTES = 8 * 1024;

export const listSubscriptions = defineRoute({
  method: "GET",
  path: "/v1/subscriptions",
  operationId: "listSubscriptions",
  access: "subscriptions:manage",
  tag: "Subscriptions",
  summary: "List the subscriptions",
  query: z.strictObject(pageQuery),
  answers: {
    200: { description: "Subscriptions, the oldest first.", schema: pageOutput(subscriptionOutput) },
  },
  async handle(context, request, reply) {
    const page = await openPage(context, request);
    const found = await context.flow.listSubscriptions(request.caller.projectId, {
      afterId: page.position,
      limit: page.limit + 1,
    });
    const rendered = found.slice(0, page.limit).map(renderSubscription);
    const data = rendered.slice(0, countFitting(rendered));
    const isLast = data.length === found.length;
    return { data, next_cursor: page.next(reply, isLast ? null : (data.at(-1)?.id ?? null)) };
  },
});

/** How many items an answer has room for. Large filters may end a page early. */
function countFitting(items: readonly unknown[]): number {
  let bytes = FRAME_BYTES;
  for (const [index, item] of items.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes > ANSWER_BYTES) return Math.max(1, index);
  }
  return items.length;
}
