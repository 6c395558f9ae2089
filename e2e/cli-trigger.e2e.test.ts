import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliServer, openServer } from "./cli/open-server.ts";
import { jsonLines, runCli, startCli } from "./cli/start-cli.ts";
import { readFeed } from "./harness/calls.ts";
import { type Client, connect } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";

interface Sent {
  readonly event_id: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

describe("`triggers trigger`", () => {
  let server: CliServer;
  let client: Client;

  beforeAll(async () => {
    server = await openServer();
    client = connect(server.program, server.program.key);
  });
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const trigger = (...args: readonly string[]) => runCli({ env: server.env }, "trigger", ...args);

  it("sends every sample there is, and the server stores what it shows", async () => {
    const types = jsonLines<{ type: string }>((await trigger("--list", "--json")).stdout).map(
      ({ type }) => type,
    );
    expect(types.length).toBeGreaterThanOrEqual(12);
    expect(new Set(types).size).toBe(types.length);
    for (const type of types) {
      const { code, stdout } = await trigger(type, "--json");
      expect([type, code]).toEqual([type, 0]);
      const [sent] = jsonLines<Sent>(stdout);
      const stored = (await readFeed(client)).find(({ id }) => id === sent?.event_id);
      expect(stored).toMatchObject({ type, payload: sent?.payload });
    }
  }, 120_000);

  it("changes fields as it is told, and sends as many as it is told", async () => {
    const set = [
      "amount=5",
      "customer.name=Ann",
      "items.0.price=1.5",
      "note=null",
      "new.field=[1]",
      "__proto__.x=1",
    ];
    const options = set.flatMap((one) => ["--set", one]);
    const { stdout } = await trigger("order.created", "--count", "3", "--json", ...options);
    const sent = jsonLines<Sent>(stdout);
    expect(sent).toHaveLength(3);
    for (const { payload } of sent) {
      expect(payload).toMatchObject({
        amount: 5,
        note: null,
        new: { field: [1] },
        customer: { name: "Ann" },
      });
      expect((payload.items as readonly object[])[0]).toMatchObject({ price: 1.5 });
    }
    const stored = (await readFeed(client)).filter(({ id }) => sent.some(({ event_id }) => event_id === id));
    expect(stored.map(({ payload }) => payload)).toEqual(sent.map(({ payload }) => payload));
    expect(new Set(sent.map(({ payload }) => payload.order_id)).size).toBe(3);
  });

  it("goes on with --every until it is stopped", async () => {
    const run = startCli({ env: server.env }, "trigger", "alert.raised", "--every", "50ms", "--json");
    await eventually(
      () => jsonLines<Sent>(run.stdout()).length,
      (count) => count >= 4,
    );
    run.kill("SIGINT");
    await run.exited;
    expect(run.stderr()).toBe("");
  });

  it("names near types for one that there is no sample of, and how to send it", async () => {
    const { code, stdout, stderr } = await trigger("ordr.created");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("Did you mean order.created?");
    const [, line = ""] = /An event of your own: triggers (.*)/.exec(stderr) ?? [];
    const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    const sent = await runCli({ env: server.env }, ...args);
    expect(sent.code).toBe(0);
    expect((await readFeed(client)).at(-1)).toMatchObject({
      type: "ordr.created",
      payload: { any: "thing" },
    });
  });

  it.each([
    [["invoice.sent"], 1, "Did you mean invoice.paid or invoice.overdue?"],
    [["xyzzy"], 1, "There is no sample of xyzzy. `triggers trigger --list`"],
    [[], 1, "triggers trigger order.created"],
    [["order.created", "--set", "amount"], 1, "--set takes name=value"],
    [["order.created", "--count", "0"], 2, "whole number"],
  ])("refuses %j with words", async (args, code, words) => {
    const refused = await trigger(...args);
    expect(refused).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(words) });
    expect(refused.stderr).not.toMatch(/\n\s+at /);
  });
});
