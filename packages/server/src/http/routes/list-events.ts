import { z } from "zod";
import { EVENT_STATUSES } from "../../domain/status.ts";
import { makeAnswerBytes } from "../answer-bytes.ts";
import { openPage } from "../page.ts";
import { endPage, roomForEvents, writeEvent } from "../render-event.ts";
import { defineRoute } from "../route.ts";
import { eventOutput } from "../schemas/event.ts";
import { eventFilterQuery, filterOf, viewQuery } from "../schemas/event-query.ts";
import { pageOutput } from "../schemas/page.ts";
import { pageQuery } from "../schemas/query.ts";

/** `status` and a comma, at most. */
const ITEM_BYTES = 32;

export const listEvents = defineRoute({
  method: "GET",
  path: "/v1/events",
  operationId: "listEvents",
  access: "events:read",
  tag: "Events",
  summary: "List events",
  description:
    "Newest first. With `order=oldest` it reads the feed: no gap, an event may come twice, and there is always a `next_cursor` to go on from. `type`, `source`, `tag` and `status` filter while scanning: a page may be short or empty and still have a `next_cursor`.",
  query: z.strictObject({
    ...pageQuery,
    order: z
      .enum(["newest", "oldest"])
      .default("newest")
      .meta({ description: "`newest`: the newest first; `oldest`: the feed, the oldest first." }),
    status: z
      .enum(EVENT_STATUSES)
      .optional()
      .meta({ description: "What has become of its deliveries. `unmatched`: it has none." }),
    ...eventFilterQuery,
    view: viewQuery,
  }),
  answers: { 200: { description: "Events.", schema: pageOutput(eventOutput) } },
  refusals: ["position_expired"],
  async handle(context, request, reply) {
    const { caller, query } = request;
    const page = await openPage(context, request);
    const withStatus = query.view !== "fact";
    const { views, nextPosition } = await context.flow.listEvents(caller.projectId, {
      ...filterOf(query),
      order: query.order,
      status: query.status ?? null,
      withStatus,
      position: page.position,
      limit: page.limit,
      maxBytes: roomForEvents(page.limit, ITEM_BYTES),
    });
    reply.header("content-type", "application/json; charset=utf-8");
    const answer = makeAnswerBytes();
    answer.text('{"data":[');
    views.forEach((view, index) => {
      if (index > 0) answer.text(",");
      writeEvent(answer, view, { withStatus });
    });
    return endPage(answer, page.next(reply, nextPosition));
  },
});
