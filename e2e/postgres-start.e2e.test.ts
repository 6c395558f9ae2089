import { readdir } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, lease, postEvent, settle } from "./harness/calls.ts";
import { connect, type EventView, type Page } from "./harness/client.ts";
import { type Nodes, openNodes, PASSWORD } from "./harness/open-nodes.ts";
import type { Program } from "./harness/start-program.ts";

/** 32 bytes in base64. */
const MASTER_KEY = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=/g;

describe("A start on PostgreSQL", () => {
  let nodes: Nodes;
  let freshKey: string;
  let program: Program;

  beforeAll(async () => {
    nodes = await openNodes();
  });
  afterAll(() => nodes?.[Symbol.asyncDispose]());

  it("is refused without a master key, and shows a fresh one to set", async () => {
    const keyless = await nodes.add({ TRIGGERS_MASTER_KEY: null });
    const { code, output } = await keyless.startToFail();
    expect(code).toBe(1);
    expect(output).toContain("set TRIGGERS_MASTER_KEY");
    const shown = output.match(MASTER_KEY) ?? [];
    expect(shown).toHaveLength(1);
    freshKey = shown[0] ?? "";
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
    using client = connect(program, program.key);
    const { event_id } = await postEvent(client, { type: "order.created", payload: { amount: 1 } });
    const waiting = await client.send<Page<{ event: EventView }>>("GET", "/v1/inbox");
    expect(expectStatus(waiting, 200).data.map(({ event }) => event.payload)).toEqual([{ amount: 1 }]);
    const leased = await lease(client, { limit: 10 });
    expect(leased.map(({ event }) => event.id)).toEqual([event_id]);
    expect(await settle(client, "ack", leased)).toEqual(["acknowledged"]);
    await program.kill();
    await program.start();
    const event = await client.send<EventView>("GET", `/v1/events/${event_id}`);
    expect(expectStatus(event, 200).status).toBe("acknowledged");
    expect(await settle(client, "ack", leased)).toEqual(["already_acknowledged"]);
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
