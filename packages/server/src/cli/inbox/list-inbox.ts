import type { WaitingDelivery } from "@triggers/client";
import { type EventFilters, filtersOf } from "../arguments/event-filters.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput, wordOf } from "../output/output.ts";
import { pageSize, showList } from "../output/show-list.ts";

export interface ListInboxOptions extends ConnectionOptions, EventFilters {
  readonly inbox: string;
  readonly limit: number;
}

/** What waits, without taking it. */
export async function listInbox(options: ListInboxOptions): Promise<void> {
  const { triggers } = await connect(options);
  const { inbox, limit } = options;
  const list = triggers.inbox.list({ ...filtersOf(options), inbox, limit: pageSize(limit) });
  await showList<WaitingDelivery>(makeOutput(options), list, {
    columns: {
      event: ({ event }) => event.id,
      type: ({ event }) => wordOf(event.type),
      due: ({ due_at }) => due_at,
      attempt: ({ attempt }) => String(attempt),
    },
    limit,
    none: "nothing waits",
  });
}
