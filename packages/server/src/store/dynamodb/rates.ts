import type { NodeDemand, RateStore } from "../rate-store.ts";
import type { Dynamo } from "./dynamo.ts";
import { numberOf, textOf } from "./item.ts";
import { lastOf, readRows } from "./read-items.ts";
import { putItem, removeItem } from "./write-items.ts";

/** One row for each node; one write and one query for each exchange. */
const HASH = "rates";
/** A node that has noted nothing for so long has ended: its row goes. */
const FORGOTTEN_MS = 60_000;

export function makeRates(dynamo: Dynamo): RateStore {
  return { exchangeDemands: (request) => exchangeDemands(dynamo, request) };
}

async function exchangeDemands(
  dynamo: Dynamo,
  { nodeId, now, freshAfter, demands }: Parameters<RateStore["exchangeDemands"]>[0],
): ReturnType<RateStore["exchangeDemands"]> {
  const packed = JSON.stringify(demands.map(({ limit, perSecond }) => [limit, perSecond]));
  const item = { pk: HASH, sk: nodeId, na: now, dm: packed };
  await putItem(dynamo, "control", { item, condition: null });
  const others: NodeDemand[] = [];
  let nodes = 0;
  for await (const row of readRows(dynamo, {
    table: "control",
    hash: HASH,
    from: "\u0001",
    to: lastOf(""),
  })) {
    const notedAt = numberOf(row, "na") ?? 0;
    if (notedAt > freshAfter) {
      nodes += 1;
      if (row.sk !== nodeId) others.push(...unpack(textOf(row, "dm") ?? "[]"));
    } else if (notedAt <= now - FORGOTTEN_MS) {
      const condition = { expression: "na = :na", values: { na: notedAt } };
      await removeItem(dynamo, "control", { key: { pk: HASH, sk: row.sk }, condition });
    }
  }
  return { nodes, others: demands.map(({ limit }) => sumOf(others, limit)) };
}

function unpack(text: string): NodeDemand[] {
  const packed: readonly (readonly [string, number])[] = JSON.parse(text);
  return packed.map(([limit, perSecond]) => ({ limit, perSecond }));
}

function sumOf(demands: readonly NodeDemand[], wanted: string): number {
  return demands.reduce((sum, { limit, perSecond }) => (limit === wanted ? sum + perSecond : sum), 0);
}
