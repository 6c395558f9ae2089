import { z } from "zod";
import { defineRoute } from "../route.ts";
import { idInput } from "../schemas/id.ts";

export const getEventPayload = defineRoute({
  method: "GET",
  path: "/v1/events/:id/payload",
  operationId: "getEventPayload",
  access: "events:read",
  tag: "Events",
  summary: "Read a payload, byte for byte",
  description:
    "The very bytes that were sent, however many they are, with the media type they were sent with.",
  params: { id: idInput("an event") },
  answers: { 200: { description: "The payload.", schema: z.unknown() } },
  async handle({ flow }, { caller, params }, reply) {
    const { event, content } = await flow.readEvent(caller.projectId, params.id, false);
    const { buffer, byteOffset, byteLength } = content.payload;
    reply.header("content-type", event.contentType);
    return Buffer.from(buffer, byteOffset, byteLength);
  },
});
