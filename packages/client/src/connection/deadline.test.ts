import { describe, expect, it } from "vitest";
import { pause } from "./deadline.ts";

describe("A pause", () => {
  it.each([2 ** 31, 1e12, Number.POSITIVE_INFINITY])("of %s ms is not over at once", async (ms) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const pausing = pause(ms, controller.signal);
    await pause(50, undefined);
    controller.abort(reason);
    await expect(pausing).rejects.toBe(reason);
  });
});
