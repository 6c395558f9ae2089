import { type EventFilters, filtersOf } from "../arguments/event-filters.ts";
import { given } from "../arguments/given.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput, wordOf } from "../output/output.ts";
import { pageSize, showList } from "../output/show-list.ts";

export interface ListEventsOptions extends ConnectionOptions, EventFilters {
  readonly status?: "pending" | "delivered" | "acknowledged" | "dead" | "unmatched";
  readonly since?: string;
  readonly before?: string;
  readonly oldest?: true;
  readonly limit: number;
}

export async function listEvents(options: ListEventsOptions): Promise<void> {
  const { triggers } = await connect(options);
  const { status, since: after, before, oldest, limit } = options;
  const order = oldest === true ? "oldest" : "newest";
  const list = triggers.events.list({
    ...filtersOf(options),
    ...given({ status, after, before }),
    ...{ order, limit: pageSize(limit) },
  });
  await showList(makeOutput(options), list, {
    columns: {
      id: ({ id }) => id,
      time: ({ timestamp }) => timestamp,
      type: ({ type }) => wordOf(type),
      subject: ({ subject }) => wordOf(subject),
      status: ({ status: word }) => wordOf(word),
    },
    limit,
    none: "no such events",
  });
}
