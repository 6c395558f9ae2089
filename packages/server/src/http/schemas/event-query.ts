import { z } from "zod";
import { EVENT_LIMITS } from "../../domain/event.ts";
import type { EventFilter } from "../../flow/views.ts";
import { timeQuery } from "./query.ts";
import { textInput } from "./text.ts";

const TYPE_FILTER = /^[A-Za-z0-9_.-]*\*?$/;

/** Which events, in a query. */
export const eventFilterQuery = {
  type: z
    .string()
    .max(EVENT_LIMITS.typeLength + 1)
    .regex(TYPE_FILTER, "must be a type, or the beginning of one with * behind it")
    .optional()
    .meta({
      description: "This type; with a `*` at its end, every type that begins so.",
      examples: ["order.*"],
    }),
  source: textInput(EVENT_LIMITS.sourceLength).optional().meta({ description: "This source." }),
  tag: textInput(EVENT_LIMITS.tagLength).optional().meta({ description: "With this tag among theirs." }),
  subject: textInput(EVENT_LIMITS.subjectLength).optional().meta({ description: "This subject." }),
  after: timeQuery.optional().meta({ description: "Accepted then or later." }),
  before: timeQuery.optional().meta({ description: "Accepted before then." }),
};

export const viewQuery = z
  .enum(["fact"])
  .optional()
  .meta({ description: "`fact`: the immutable fact alone, without `status`." });

type FilterQuery = { readonly [K in keyof EventFilter]?: EventFilter[K] | undefined };

/** The filter that such a query asks for. */
export function filterOf({ type, source, tag, subject, after, before }: FilterQuery): EventFilter {
  return {
    type: type ?? null,
    source: source ?? null,
    tag: tag ?? null,
    subject: subject ?? null,
    after: after ?? null,
    before: before ?? null,
  };
}
