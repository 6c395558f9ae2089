import { stat } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { freePort } from "../packages/server/src/store/testing/free-port.ts";
import { type CliRun, jsonLines, runCli, startCli } from "./cli/start-cli.ts";
import { openReceiverAt } from "./cli-listen/open-receiver-at.ts";
import { readFeed } from "./harness/calls.ts";
import { connect } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { prepareProgram } from "./harness/start-program.ts";
import { openTempFolder } from "./harness/temp-folder.ts";

describe("`triggers dev`", () => {
  it("runs a server with sample events coming in, and Ctrl-C ends all of it", async () => {
    await using folder = await openTempFolder();
    const { dev, url, key } = await startDev(folder.path, "--every", "100ms");
    const client = connect({ url }, key);
    const feed = await eventually(
      () => readFeed(client),
      ({ length }) => length >= 5,
    );
    client[Symbol.dispose]();
    const { stdout: list } = await runCli({ env: {} }, "trigger", "--list", "--json");
    const types = new Set(jsonLines<{ type: string }>(list).map(({ type }) => type));
    expect(feed.map(({ type }) => type).filter((type) => !types.has(type ?? ""))).toEqual([]);
    expect(screenOf(dev)).toContain(`sent  ${feed[0]?.type}  ${feed[0]?.id}`);
    await end(dev);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it("sends nothing by itself with --no-traffic, and has the same key on the same folder", async () => {
    await using folder = await openTempFolder();
    const first = await startDev(folder.path, "--no-traffic");
    expect(screenOf(first.dev)).toContain("No events come by themselves");
    await end(first.dev);
    const { mode } = await stat(`${folder.path}/dev.key`);
    expect(mode & 0o777).toBe(0o600);
    const second = await startDev(folder.path, "--no-traffic");
    expect(second.key).toBe(first.key);
    const client = connect(second, second.key);
    expect(await readFeed(client)).toEqual([]);
    client[Symbol.dispose]();
    await end(second.dev);
  });

  it("prints commands that bring its events to this machine, by `listen` and by a webhook", async () => {
    await using folder = await openTempFolder();
    await using receiver = await openReceiverAt();
    const { dev, url, key } = await startDev(folder.path, "--every", "200ms");
    const steps = screenOf(dev)
      .split("\n")
      .filter((line) => line.startsWith("  TRIGGERS_API_KEY="));
    expect(steps).toEqual([
      `  TRIGGERS_API_KEY=${key} npx triggers listen --forward http://127.0.0.1:9000/hook --url ${url}`,
      `  TRIGGERS_API_KEY=${key} npx triggers trigger order.created --url ${url}`,
    ]);
    const client = connect({ url }, key);
    const webhook = { channel: "webhook", webhook: { url: `${receiver.url}/pushed` } };
    expect((await client.send("POST", "/v1/subscriptions", { body: webhook })).status).toBe(201);
    client[Symbol.dispose]();
    const env = { TRIGGERS_API_KEY: key, TRIGGERS_URL: url };
    const listener = startCli({ env }, "listen", "--forward", `${receiver.url}/forwarded`);
    await eventually(
      () => new Set(receiver.received.map(({ path }) => path)),
      (paths) => paths.size === 2,
    );
    listener.kill("SIGINT");
    expect((await listener.exited).code).toBe(0);
    await end(dev);
  });

  it("takes turns on a folder with a server that has a key of its own", async () => {
    await using folder = await openTempFolder();
    await using program = await prepareProgram({ dataDir: folder.path });
    for (let turn = 0; turn < 2; turn += 1) {
      await program.start();
      const own = connect(program, program.key);
      expect((await own.send("GET", "/v1/me")).status).toBe(200);
      own[Symbol.dispose]();
      await program.stop();
      const { dev, url, key } = await startDev(folder.path, "--no-traffic");
      const client = connect({ url }, key);
      expect((await client.send("GET", "/v1/me")).status).toBe(200);
      client[Symbol.dispose]();
      await end(dev);
    }
  });

  it.each([
    [{ TRIGGERS_STORE: "memory" }, [], "TRIGGERS_STORE"],
    [{}, ["--every", "soon"], "--every"],
  ])("refuses %j %j with words", async (env, args, words) => {
    await using folder = await openTempFolder();
    const refused = await runCli(
      { env: { ...env, TRIGGERS_PORT: "0" } },
      "dev",
      "--data",
      folder.path,
      ...args,
    );
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(words);
    expect(refused.stderr).not.toMatch(/\n\s+at /);
  });
});

async function startDev(dataDir: string, ...args: readonly string[]) {
  const env = { TRIGGERS_PORT: String(await freePort()) };
  const dev = startCli({ env }, "dev", "--data", dataDir, ...args);
  await eventually(
    () => `${screenOf(dev)}${dev.stderr()}`,
    (text) => text.includes("Ctrl-C ends it"),
  );
  const [, url = ""] = /listens on (\S+)/.exec(screenOf(dev)) ?? [];
  const [, key = ""] = /API key {2}(\S+)/.exec(screenOf(dev)) ?? [];
  return { dev, url, key };
}

function screenOf(dev: CliRun): string {
  return stripVTControlCharacters(dev.stdout());
}

async function end(dev: CliRun): Promise<void> {
  dev.kill("SIGINT");
  expect(await dev.exited).toEqual({ code: 0, signal: null });
}
