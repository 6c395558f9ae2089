import { z } from "zod";
import { makeAnswerBytes } from "../answer-bytes.ts";
import { writeEvent } from "../render-event.ts";
import { defineRoute } from "../route.ts";
import { eventOutput } from "../schemas/event.ts";
import { viewQuery } from "../schemas/event-query.ts";
import { idInput } from "../schemas/id.ts";

export const getEvent = defineRoute({
  method: "GET",
  path: "/v1/events/:id",
  operationId: "getEvent",
  access: "events:read",
  tag: "Events",
  summary: "Read an event",
  params: { id: idInput("an event") },
  query: z.strictObject({ view: viewQuery }),
  answers: { 200: { description: "The event.", schema: eventOutput } },
  async handle({ flow }, { caller, params, query }, reply) {
    const withStatus = query.view !== "fact";
    const view = await flow.readEvent(caller.projectId, params.id, withStatus);
    const answer = makeAnswerBytes();
    writeEvent(answer, view, { withStatus });
    reply.header("content-type", "application/json; charset=utf-8");
    return answer.end();
  },
});
