import { expect, it } from "vitest";
import { openServer } from "./cli/open-server.ts";
import { jsonLines, runCli } from "./cli/start-cli.ts";
import { readFeed } from "./harness/calls.ts";
import { connect, type Page } from "./harness/client.ts";

it("`triggers bench` measures what the server does, leaves no inbox and no delivery, and says what stays", async () => {
  await using server = await openServer({ TRIGGERS_RATE_LIMIT: "0" });
  using client = connect(server.program, server.program.key);
  const run = ["bench", "--seconds", "300ms", "--concurrency", "4"];
  const { code, stdout, stderr } = await runCli({ env: server.env }, ...run, "--json");
  expect([code, stderr]).toEqual([0, expect.stringContaining("events of type triggers.bench stay")]);
  const rows = jsonLines<{ what: string; items: number; p50_ms: number; p99_ms: number }>(stdout);
  expect(rows).toHaveLength(3);
  for (const { items, p50_ms, p99_ms } of rows) {
    expect(items).toBeGreaterThan(0);
    expect(p99_ms).toBeGreaterThanOrEqual(p50_ms);
  }
  const [single, batch] = rows;
  const events = await readFeed(client);
  expect(events).toHaveLength((single?.items ?? 0) + (batch?.items ?? 0));
  for (const path of ["/v1/subscriptions", "/v1/inbox"]) {
    const { json } = await client.send<Page<{ name?: string | null }>>("GET", path);
    expect(json.data.filter(({ name }) => name !== "main")).toEqual([]);
  }
  const words = await runCli({ env: server.env }, ...run);
  expect(words.stdout).toMatch(/send one event\s+.*\d/);
});

it("`triggers bench` tells why it cannot", async () => {
  await using server = await openServer();
  const { code, stderr } = await runCli({ env: { ...server.env, TRIGGERS_API_KEY: "wrong" } }, "bench");
  expect(code).toBe(1);
  expect(stderr).toContain("TRIGGERS_API_KEY");
});
