import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliServer, openServer } from "./cli/open-server.ts";
import { type CliEnd, type CliOptions, jsonLines, runCli } from "./cli/start-cli.ts";
import { postEvent } from "./harness/calls.ts";
import { type Client, connect, type EventView } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { type Hooks, openHooks } from "./harness/open-hooks.ts";

let server: CliServer;
let client: Client;
let hooks: Hooks;
let answer = 204;
beforeAll(async () => {
  server = await openServer({ TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8" });
  client = connect(server.program, server.program.key);
  hooks = await openHooks(() => answer);
});
afterAll(async () => {
  await hooks?.[Symbol.asyncDispose]();
  client?.[Symbol.dispose]();
  await server?.[Symbol.asyncDispose]();
});

function cli(args: readonly string[], more: Partial<CliOptions> = {}): Promise<CliEnd> {
  return runCli({ env: server.env, ...more }, ...args);
}

async function one<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await cli([...args, "--json"]);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
  return jsonLines<T>(stdout)[0] as T;
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly secret?: string;
}

describe("`triggers events`", () => {
  it("lists them by what they are, for people and for programs", async () => {
    for (let n = 0; n < 3; n += 1)
      await postEvent(client, { type: "list.me", subject: "cus", payload: { n } });
    const people = await cli(["events", "list", "--type", "list.*", "--limit", "2"]);
    expect(people.stdout).toMatch(
      /^ID +TIME +TYPE +SUBJECT +STATUS\n\S+ +\S+ +list\.me +cus +pending\n.*\n$/,
    );
    expect(people.stderr).toBe("there are more than 2: --limit shows more\n");
    const programs = await cli(["events", "list", "--subject", "cus", "--oldest", "--since", "1h", "--json"]);
    expect(jsonLines<EventView>(programs.stdout).map(({ payload }) => payload)).toEqual([
      { n: 0 },
      { n: 1 },
      { n: 2 },
    ]);
    expect(await cli(["events", "list", "--type", "nope"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "no such events\n",
    });
  });

  it("shows one, and its payload byte for byte", async () => {
    const payload = '{"n": 9007199254740993}';
    const sent = await client.send<{ event_id: string }>("POST", "/v1/events", {
      body: `{"payload":${payload}}`,
    });
    const id = sent.json.event_id;
    expect((await cli(["events", "show", id, "--payload"])).stdout).toBe(payload);
    expect((await cli(["events", "show", id])).stdout).toMatch(
      /^id +\S+\n[\s\S]*payload +\{"n": 9007199254740993\}\n$/,
    );
    expect((await cli(["events", "show", id, "--json"])).stdout).toContain(`"payload":${payload}`);
    const none = await cli(["events", "show", "01a2234c-3ff2-7001-b614-abe11431bd0c"]);
    expect(none).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("not_found") });
  });
});

describe("`triggers subscriptions`", () => {
  it("makes, changes, pauses, resumes and deletes them by name", async () => {
    const made = await one<Named>("subscriptions", "create", "orders", "--type", "order.*", "--label", "a");
    expect(made).toMatchObject({
      name: "orders",
      channel: "inbox",
      filter: { type: [{ prefix: "order." }] },
    });
    const same = await one<Named>("subscriptions", "ensure", "orders", "--type", "order.paid");
    expect(same).toMatchObject({ id: made.id, filter: { type: ["order.paid"] } });
    const changed = await one<Named>("subscriptions", "update", "orders", "--name", "paid", "--label", "b");
    expect(changed).toMatchObject({ id: made.id, name: "paid", labels: ["b"] });
    expect(await one("subscriptions", "pause", "paid")).toMatchObject({ state: "paused" });
    expect((await cli(["subscriptions", "resume", made.id])).stdout).toBe(`${made.id} is active\n`);
    expect(await one("subscriptions", "show", "paid")).toMatchObject({ id: made.id, state: "active" });
    const listed = await cli(["subscriptions", "list", "--label", "b"]);
    expect(listed.stdout).toMatch(
      /^ID +NAME +TO +STATE +FILTER\n\S+ +paid +inbox +active +\{"type":\["order\.paid"\]\}\n$/,
    );
    await postEvent(client, { type: "order.paid", payload: {} });
    expect((await cli(["subscriptions", "stats", "paid"])).stdout).toMatch(
      /^pending +1\nleased +0\ndead +0\n/,
    );
    const asked = await cli(["subscriptions", "delete", "paid"]);
    expect(asked).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/1 open or dead deliveries.*--yes/),
    });
    expect((await cli(["subscriptions", "delete", "paid", "--yes"])).stdout).toBe("paid is deleted\n");
    expect(await cli(["subscriptions", "show", "paid"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("There is no subscription paid"),
    });
  });

  it("tests a webhook, and shows and changes what it is signed with", async () => {
    const made = await one<Named>(
      "subscriptions",
      "create",
      "hook",
      "--to",
      `${hooks.url}/hook`,
      "--type",
      "none",
    );
    expect(made.secret).toMatch(/^whsec_/);
    expect((await cli(["subscriptions", "secret", "hook"])).stdout).toBe(`${made.secret}\n`);
    expect((await cli(["subscriptions", "test", "hook"])).stdout).toMatch(
      /\/hook answered 204 after \d+ ms\n$/,
    );
    answer = 500;
    expect(await cli(["subscriptions", "test", "hook"])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("answered 500"),
    });
    answer = 204;
    const rotated = await one<Named>("subscriptions", "rotate-secret", "hook", "--overlap", "1h");
    expect(rotated.secret).toMatch(/^whsec_/);
    expect(rotated.secret).not.toBe(made.secret);
  });

  it("that the server refuses are told field by field", async () => {
    const end = await cli(["subscriptions", "create", "bad", "--filter", '{"payload":{"a":[{"nope":1}]}}']);
    expect(end).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/\/filter/) });
    expect(await cli(["subscriptions", "update", "main"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Say what to change"),
    });
  });
});

describe("`triggers explain`", () => {
  it("names the clause that fails, and the value seen", async () => {
    await cli([
      "subscriptions",
      "create",
      "large",
      "--filter",
      '{"payload":{"amount":[{"numeric":[">",1000]}]}}',
    ]);
    const { event_id: id } = await postEvent(client, { type: "explain.me", payload: { amount: 5 } });
    expect((await cli(["explain", id, "large"])).stdout).toBe(
      '✗ large would not get it: /payload/amount is 5, its filter asks for [{"numeric":[">",1000]}]\n',
    );
    expect(await one("explain", id, "large")).toMatchObject({
      name: "large",
      matched: false,
      failed: { value: 5 },
    });
    const { event_id: other } = await postEvent(client, { type: "explain.me", payload: { amount: 5_000 } });
    expect((await cli(["explain", other])).stdout).toContain("✓ large would get it: its filter matches\n");
    expect(await cli(["explain", id, "nobody"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("nobody"),
    });
  });
});

describe("Dead letters", () => {
  it("are listed, shown with their attempts, counted, and tried again", async () => {
    answer = 500;
    await one(
      "subscriptions",
      "create",
      "failing",
      "--to",
      `${hooks.url}/failing`,
      "--type",
      "fail.*",
      "--max-attempts",
      "1",
    );
    for (let n = 0; n < 3; n += 1) await postEvent(client, { type: "fail.x", payload: { n } });
    const dead = async () =>
      jsonLines<Named>(
        (await cli(["deliveries", "list", "--subscription", "failing", "--state", "dead", "--json"])).stdout,
      );
    const [first] = await eventually(dead, (list) => list.length === 3);
    expect((await cli(["deliveries", "show", first?.id ?? ""])).stdout).toMatch(
      /state +dead\n[\s\S]*attempt 1 .* status 500 /,
    );
    expect((await cli(["deliveries", "list", "--subscription", "failing"])).stdout).toMatch(
      /^ID +STATE +REASON/,
    );
    const count = await one("deliveries", "redrive", "--subscription", "failing", "--dry-run");
    expect(count).toEqual({ count: 3 });
    expect(await cli(["deliveries", "redrive"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("or --all"),
    });
    const asked = await cli(["deliveries", "redrive", "--subscription", "failing"]);
    expect(asked).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("3 dead letters would be tried again. Go on? Say --yes"),
    });
    answer = 204;
    const cancelled = await cli(["deliveries", "cancel", first?.id ?? "", "--reason", "not wanted"]);
    expect(cancelled).toMatchObject({ code: 0, stdout: `${first?.id} is cancelled\n` });
    const redriven = await cli(["deliveries", "redrive", "--subscription", "failing", "--yes"]);
    expect(redriven).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^job \S+ \(redrive\): done, 2/),
    });
    await eventually(dead, (list) => list.length === 0);
  });

  it("and what waits are cancelled, many at once", async () => {
    await one("subscriptions", "create", "unwanted", "--type", "unwanted.x");
    for (let n = 0; n < 5; n += 1) await postEvent(client, { type: "unwanted.x", payload: { n } });
    const which = ["deliveries", "cancel", "--subscription", "unwanted", "--state", "pending"];
    expect((await cli([...which, "--dry-run"])).stdout).toBe("5 deliveries would be cancelled.\n");
    expect(await one(...which, "--yes")).toEqual({ cancelled: 5, kept: 0 });
    expect(await cli([...which, "--yes"])).toMatchObject({
      code: 0,
      stderr: "there are no such deliveries\n",
    });
    expect(await cli(["deliveries", "cancel"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--state"),
    });
  });
});

describe("`triggers replay`", () => {
  it("counts first, and makes new deliveries by a job that can be looked at", async () => {
    await one("subscriptions", "create", "again", "--type", "again.x");
    for (let n = 0; n < 4; n += 1) await postEvent(client, { type: "again.x", payload: { n } });
    const many = ["replay", "--type", "again.*", "--subscription", "again", "--since", "1h"];
    expect((await cli([...many, "--dry-run"])).stdout).toBe("4 deliveries would be made.\n");
    expect(await cli(many)).toMatchObject({ code: 1, stderr: expect.stringContaining("Say --yes") });
    const begun = await one<Named>(...many, "--yes", "--no-wait");
    const waited = await cli(["jobs", "wait", begun.id]);
    expect(waited).toMatchObject({ code: 0, stdout: `job ${begun.id} (replay): done, 4\n` });
    expect(await one("jobs", "show", begun.id)).toMatchObject({ state: "done", done: 4 });
    expect(await cli(["jobs", "cancel", begun.id])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("job_finished"),
    });
    const list = jsonLines<EventView>((await cli(["events", "list", "--type", "again.x", "--json"])).stdout);
    expect(await cli(["replay", list[0]?.id ?? ""])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("done, 1"),
    });
    expect((await cli(["subscriptions", "stats", "again"])).stdout).toMatch(/^pending +9\n/);
    expect(await cli(["replay", list[0]?.id ?? "", "--since", "1h"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not both"),
    });
  });
});

describe("`triggers keys`", () => {
  it("shows a new key once, alone on standard output, and ends it", async () => {
    const made = await cli(["keys", "create", "reader", "--scope", "events:read", "--expires", "1d"]);
    const key = made.stdout.trim();
    expect(key).toMatch(/^tk_\S+$/);
    expect(made.stderr).toMatch(/^key \S+ \(events:read\); it is shown this once/);
    const env = { ...server.env, TRIGGERS_API_KEY: key };
    expect(await cli(["events", "list"], { env })).toMatchObject({ code: 0 });
    const refused = await cli(["send", "--payload", "{}"], { env });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("forbidden") });
    expect(refused.stderr).not.toContain(key);
    const listed = await cli(["keys", "list"]);
    expect(listed.stdout).toMatch(/reader +events:read /);
    expect(listed.stdout).not.toContain(key);
    const id = /^key (\S+)/.exec(made.stderr)?.[1] ?? "";
    const rotated = await cli(["keys", "rotate", id, "--overlap", "0"]);
    expect(rotated.stdout).toMatch(/^tk_\S+\n$/);
    const renewed = /^key (\S+)/.exec(rotated.stderr)?.[1] ?? "";
    expect(await one("keys", "revoke", renewed)).toEqual({ id: renewed, revoked: true });
    const revoked = { ...server.env, TRIGGERS_API_KEY: rotated.stdout.trim() };
    await eventually(
      () => cli(["me"], { env: revoked }),
      ({ code, stderr }) => code === 1 && stderr.includes("revoked or expired"),
    );
    expect(await cli(["keys", "create", "none"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--scope"),
    });
  });
});
