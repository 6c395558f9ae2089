import { describe, expect, test } from "vitest";
import { T0 } from "./make-records.ts";
import type { OpenScene } from "./scene.ts";

export function describeRates(open: OpenScene): void {
  describe("demands", () => {
    test("a node learns what the others were asked for, limit by limit", async () => {
      const { store } = await open();
      const tell = (nodeId: string, demands: Readonly<Record<string, number>>, now = T0) =>
        store.exchangeDemands({
          ...{ nodeId, now, freshAfter: now - 2_000 },
          demands: Object.entries(demands).map(([limit, perSecond]) => ({ limit, perSecond })),
        });
      expect(await tell("a", { x: 10, y: 1 })).toEqual({ nodes: 1, others: [0, 0] });
      expect(await tell("b", { y: 5.5, z: 7 })).toEqual({ nodes: 2, others: [1, 0] });
      expect(await tell("c", { x: 2 })).toEqual({ nodes: 3, others: [10] });
      expect(await tell("a", { y: 3, x: 4 })).toEqual({ nodes: 3, others: [5.5, 2] });
      expect(await tell("c", { y: 2 })).toEqual({ nodes: 3, others: [8.5] });
    });

    test("what was noted too long ago does not count, nor does its node", async () => {
      const { store } = await open();
      const tell = (nodeId: string, now: number) =>
        store.exchangeDemands({
          ...{ nodeId, now, freshAfter: now - 2_000 },
          demands: [{ limit: "x", perSecond: 4 }],
        });
      await tell("a", T0);
      expect(await tell("b", T0 + 1_999)).toEqual({ nodes: 2, others: [4] });
      expect(await tell("b", T0 + 2_000)).toEqual({ nodes: 1, others: [0] });
      expect(await tell("a", T0 + 3_000)).toEqual({ nodes: 2, others: [4] });
    });

    test("a node without demand counts as one", async () => {
      const { store } = await open();
      const request = { now: T0, freshAfter: T0 - 2_000, demands: [] };
      expect(await store.exchangeDemands({ ...request, nodeId: "a" })).toEqual({ nodes: 1, others: [] });
      expect(await store.exchangeDemands({ ...request, nodeId: "b" })).toEqual({ nodes: 2, others: [] });
    });
  });
}
