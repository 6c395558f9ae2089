import { z } from "zod";
import { defineRoute } from "../route.ts";
import { timeOutput } from "../schemas/time.ts";
import { formatTime } from "../time.ts";

const eventTypesOutput = z
  .array(z.object({ id: z.string(), label: z.string(), last_seen: timeOutput }))
  .meta({ id: "EventTypes" });

export const listEventTypes = defineRoute({
  method: "GET",
  path: "/v1/event-types",
  operationId: "listEventTypes",
  access: "events:read",
  tag: "Events",
  summary: "List the event types seen so far",
  answers: { 200: { description: "Types; `last_seen` is kept to about 10 s.", schema: eventTypesOutput } },
  async handle({ flow }, { caller }) {
    const types = await flow.listEventTypes(caller.projectId);
    return types.map(({ type, lastSeenAt }) => ({
      id: type,
      label: type,
      last_seen: formatTime(lastSeenAt),
    }));
  },
});
