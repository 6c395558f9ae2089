import type { Subscription } from "@triggers/client";
import { given } from "../arguments/given.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput, wordOf } from "../output/output.ts";
import { pageSize, showList } from "../output/show-list.ts";

export interface ListSubscriptionsOptions extends ConnectionOptions {
  readonly label?: string;
  readonly limit: number;
}

export async function listSubscriptions(options: ListSubscriptionsOptions): Promise<void> {
  const { triggers } = await connect(options);
  const { label, limit } = options;
  const list = triggers.subscriptions.list({ ...given({ label }), limit: pageSize(limit) });
  await showList<Subscription>(makeOutput(options), list, {
    columns: {
      id: ({ id }) => id,
      name: ({ name }) => wordOf(name),
      to: ({ channel, webhook }) => webhook?.url ?? channel,
      state: ({ state }) => state,
      filter: ({ filter }) => (filter === null ? "all" : JSON.stringify(filter)),
    },
    limit,
    none: "no such subscriptions",
  });
}
