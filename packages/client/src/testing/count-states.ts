import type { Triggers } from "../index.ts";

/** How many deliveries of a project stand in each state. */
export async function countStates(client: Triggers): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const { state } of client.deliveries.list({ limit: 1_000 }))
    counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
