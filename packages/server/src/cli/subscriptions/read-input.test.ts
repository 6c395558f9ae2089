import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readChange, readInput } from "./read-input.ts";

describe("What a subscription is to be", () => {
  it("is an inbox unless it has somewhere to go to", async () => {
    expect(await readInput({})).toEqual({ channel: "inbox" });
    expect(await readInput({ to: "https://a", rate: 5 })).toEqual({
      channel: "webhook",
      webhook: { url: "https://a", rate_per_second: 5 },
    });
  });

  it("takes types for short, beside the rest of a filter", async () => {
    const filter = { payload: { a: [1] } };
    expect(await readInput({ type: ["order.*", "a.b"], filter })).toEqual({
      channel: "inbox",
      filter: { type: [{ prefix: "order." }, "a.b"], ...filter },
    });
    await expect(readInput({ type: ["a"], filter: { type: ["b"] } })).rejects.toThrow("not in both");
  });

  it("takes headers as lines", async () => {
    expect(await readInput({ to: "https://a", header: ["X-A: b: c"] })).toHaveProperty("webhook.headers", {
      "X-A": "b: c",
    });
    await expect(readInput({ header: ["nonsense"] })).rejects.toThrow("`Name: value`");
  });

  it("begins with a file, and options go before it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "triggers-input-"));
    try {
      const file = join(folder, "input.json");
      const webhook = { url: "https://a", format: "payload" };
      await writeFile(file, JSON.stringify({ webhook, labels: ["x"], retry: { schedule_seconds: [0] } }));
      expect(await readInput({ input: file, to: "https://b", maxAttempts: 3 })).toEqual({
        channel: "webhook",
        labels: ["x"],
        webhook: { url: "https://b", format: "payload" },
        retry: { schedule_seconds: [0], max_attempts: 3 },
      });
      await writeFile(file, "[]");
      await expect(readInput({ input: file })).rejects.toThrow("must be one JSON object");
      await writeFile(file, "nope");
      await expect(readInput({ input: file })).rejects.toThrow("is not JSON");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

it("A change that changes nothing is told", async () => {
  expect(await readChange({ name: "b", label: [] })).toEqual({ name: "b", labels: [] });
  await expect(readChange({})).rejects.toThrow("Say what to change");
});
