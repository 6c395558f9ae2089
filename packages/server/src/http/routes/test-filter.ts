import type { FilterableEvent } from "../../domain/filter/filterable-event.ts";
import { renderJudgement } from "../render-filter.ts";
import { defineRoute, jsonBody } from "../route.ts";
import { filterTestInput, filterTestOutput, type SampleEvent } from "../schemas/filter.ts";

/** Room for the filter beside an event. */
const FILTER_BYTES = 1024 * 1024;
/** The body, and the event in it: its payload may nest as deep as one that is sent. */
const ENVELOPES = 2;

export const testFilter = defineRoute({
  method: "POST",
  path: "/v1/filters/test",
  operationId: "testFilter",
  access: "events:read",
  tag: "Subscriptions",
  summary: "Try a filter",
  description:
    "On one event, sent along or stored: `matched`, and if it does not, the first clause that fails with the value seen. With `last`, on the newest events, each in `data`.",
  body: jsonBody(filterTestInput, {
    envelopes: ENVELOPES,
    maxBytes: ({ maxEventBytes }) => maxEventBytes + FILTER_BYTES,
  }),
  answers: { 200: { description: "Whether it matches.", schema: filterTestOutput } },
  refusals: ["not_found", "invalid_filter"],
  async handle({ flow }, { body, caller }) {
    const { filter, event, event_id: eventId, last } = body;
    if (last !== undefined) {
      const tried = await flow.testFilterOnLast(caller.projectId, { filter, last });
      const data = tried.map((one) => ({ event_id: one.eventId, ...renderJudgement(one.explanation) }));
      return { data };
    }
    return renderJudgement(
      eventId === undefined
        ? flow.testFilter(filter, filterable(event ?? {}))
        : await flow.testFilterOn(caller.projectId, { filter, eventId }),
    );
  },
});

/** The sample as it would be matched, had it been accepted: `metadata` has `tags` and `priority`. */
function filterable({
  type,
  source,
  subject,
  tags: beside,
  metadata,
  payload,
}: SampleEvent): FilterableEvent {
  const inside = metadata?.tags;
  const tags = beside ?? (Array.isArray(inside) ? inside.filter((tag) => typeof tag === "string") : []);
  return {
    type: type ?? null,
    source: source ?? null,
    subject: subject ?? null,
    tags,
    metadata: { priority: "normal", tags, ...metadata },
    payload: payload ?? null,
  };
}
