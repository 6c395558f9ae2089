import { readdir } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus } from "./harness/calls.ts";
import { connect, type EventView, type Page } from "./harness/client.ts";
import { MASTER_KEY, passEventOverKill, refuseWithoutKey } from "./harness/first-start.ts";
import { type Nodes, openNodes, PASSWORD } from "./harness/open-nodes.ts";
import type { Program } from "./harness/start-program.ts";

describe("A start on PostgreSQL", () => {
  let nodes: Nodes;
  let freshKey: string;
  let program: Program;

  beforeAll(async () => {
    nodes = await openNodes();
  });
  afterAll(() => nodes?.[Symbol.asyncDispose]());

  it("is refused without a master key, and shows a fresh one to set", async () => {
    const { output, freshKey: shown } = await refuseWithoutKey(nodes);
    freshKey = shown;
    expect(output).not.toContain(PASSWORD);
    expect(output).not.toMatch(/\n\s+at /);
    expect(output.trim().split("\n").length).toBeLessThan(4);
  });

  it("works with the key that was shown, and says on which database", async () => {
    program = await nodes.add({ TRIGGERS_MASTER_KEY: freshKey });
    await program.start();
    const screen = stripVTControlCharacters(program.output());
    const { host, pathname } = new URL(nodes.url);
    expect(screen).toContain(`(store: postgres at ${host}${pathname})`);
    expect(screen).not.toContain(PASSWORD);
  });

  it("takes an event, shows it in the inbox, leases and acknowledges it, and keeps all that over a kill", async () => {
    await passEventOverKill(program);
  });

  it("needs no file in the data folder", async () => {
    const names = await readdir(program.dataDir).catch((error: NodeJS.ErrnoException) => error.code);
    expect(names).toBe("ENOENT");
  });

  it.each([
    ["another master key", { TRIGGERS_MASTER_KEY: Buffer.alloc(32, 7).toString("base64") }],
    ["none any more", { TRIGGERS_MASTER_KEY: null }],
  ])("is refused with %s, and the data stays readable", async (_, env) => {
    const wrong = await nodes.add(env);
    const { code, output } = await wrong.startToFail();
    expect(code).toBe(1);
    expect(output).toMatch(/sealed with/);
    expect(output).not.toContain(PASSWORD);
    expect(output.match(MASTER_KEY)).toBeNull();
    using client = connect(program, program.key);
    expect(expectStatus(await client.send<Page<EventView>>("GET", "/v1/events"), 200).data).toHaveLength(1);
  });

  it.each([
    ["that is not there", (url: URL) => Object.assign(url, { pathname: "/no-such-database" })],
    ["on a server that is not there", (url: URL) => Object.assign(url, { port: "1" })],
    ["at a name of several addresses", (url: URL) => Object.assign(url, { host: "localhost:1" })],
  ])("is refused with one line on a database %s", async (_, change) => {
    const url = change(new URL(nodes.url));
    const lost = await nodes.add({ TRIGGERS_STORE: url.href });
    const { code, output } = await lost.startToFail();
    expect(code).toBe(1);
    expect(output).toMatch(/^triggers: /);
    expect(output).not.toContain(PASSWORD);
    expect(output).not.toMatch(/\n\s+at /);
  });
});
