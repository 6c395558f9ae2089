import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { countOperations } from "./testing/count-operations.ts";
import { type Load, PARTITION_LIMIT, simulateKeys, UNITS } from "./testing/simulate-keys.ts";

const DOCUMENT = new URL("../../../../../docs/scaling.md", import.meta.url);
const LOADS: readonly Load[] = [
  { eventsPerSecond: 10_000, projects: 100, largest: 0.5, subscriptions: 1 },
  { eventsPerSecond: 10_000, projects: 100, largest: 0.5, subscriptions: 10 },
  { eventsPerSecond: 1_000_000, projects: 10_000, largest: 0.5, subscriptions: 20 },
];

describe("one second of traffic, of which one project makes half", () => {
  test.each(LOADS)(
    "$eventsPerSecond events: no partition is over its limit, as docs/scaling.md shows",
    async (load) => {
      const spread = simulateKeys(load);
      expect(spread.hottest).toBeLessThanOrEqual(PARTITION_LIMIT);
      expect(spread.hottestQueue).toBeLessThanOrEqual(PARTITION_LIMIT);
      const cells = [
        load.eventsPerSecond,
        load.projects,
        load.subscriptions,
        spread.partitions,
        spread.shards,
      ];
      const shown = [...cells, spread.queueShards, spread.hottest, spread.hottestQueue];
      const row = `| ${shown.map((count) => count.toLocaleString("en-US")).join(" | ")} |`;
      expect(await readFile(DOCUMENT, "utf8")).toContain(row);
    },
    60_000,
  );
});

test("the simulation counts what the tables count", async () => {
  const used = new Map((await countOperations()).map(({ name, write }) => [name, write]));
  const [accepted, leased, settled] = ["accept, 1 match", "lease, one alone", "acknowledge"].map((name) =>
    used.get(name),
  );
  expect((accepted ?? 0) + (leased ?? 0) + (settled ?? 0)).toBe(UNITS.table + UNITS.queue);
});
