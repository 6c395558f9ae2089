import type { Delivery } from "@triggers/client";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput, wordOf } from "../output/output.ts";
import { pageSize, showList } from "../output/show-list.ts";
import { type DeliveryFilters, deliveryQuery } from "./delivery-query.ts";

export async function listDeliveries(
  options: ConnectionOptions & DeliveryFilters & { readonly limit: number },
): Promise<void> {
  const { triggers } = await connect(options);
  const { limit } = options;
  const query = await deliveryQuery(triggers, options);
  await showList<Delivery>(
    makeOutput(options),
    triggers.deliveries.list({ ...query, limit: pageSize(limit) }),
    {
      columns: {
        id: ({ id }) => id,
        state: ({ state }) => state,
        reason: ({ state_reason }) => wordOf(state_reason),
        attempt: ({ attempt }) => String(attempt),
        due: ({ due_at }) => due_at,
      },
      limit,
      none: "no such deliveries",
    },
  );
}
