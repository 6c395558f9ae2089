import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliServer, openServer } from "./cli/open-server.ts";
import { type CliEnd, type CliOptions, jsonLines, runCli, startCli } from "./cli/start-cli.ts";
import { expectStatus, lease, postEvent, settle } from "./harness/calls.ts";
import { type Client, connect, type EventView } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";

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

function cli(args: readonly string[], more: Partial<CliOptions> = {}): Promise<CliEnd> {
  return runCli({ env: server.env, ...more }, ...args);
}

/** An inbox of its own with so many events in it. */
async function openInbox(name: string, count: number): Promise<readonly string[]> {
  expect(await cli(["subscriptions", "create", name, "--type", `${name}.x`])).toMatchObject({ code: 0 });
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1)
    ids.push((await postEvent(client, { type: `${name}.x`, subject: `s${n}`, payload: { n } })).event_id);
  return ids;
}

async function statusOf(id: string): Promise<string | null | undefined> {
  return expectStatus(await client.send<EventView>("GET", `/v1/events/${id}`), 200).status;
}

describe("`triggers inbox`", () => {
  it("shows what waits, without taking it", async () => {
    const ids = await openInbox("look", 3);
    const { stdout, stderr } = await cli(["inbox", "list", "--inbox", "look", "--limit", "2"]);
    expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual(["EVENT", ids[0], ids[1], ""]);
    expect(stderr).toBe("there are more than 2: --limit shows more\n");
    const all = jsonLines<{ event: EventView }>(
      (await cli(["inbox", "list", "--inbox", "look", "--json"])).stdout,
    );
    expect(all.map(({ event }) => event.id)).toEqual(ids);
  });

  it("leases, and settles what was leased: a pipe from one to the other", async () => {
    const [id = ""] = await openInbox("settle", 1);
    const leaseJson = async () => (await cli(["inbox", "lease", "--inbox", "settle", "--json"])).stdout;
    const first = await leaseJson();
    expect(jsonLines(first)).toEqual([
      expect.objectContaining({ attempt: 1, lease_token: expect.any(String) }),
    ]);
    expect((await cli(["inbox", "extend", "--for", "5m"], { input: first })).stdout).toMatch(/: extended\n$/);
    expect((await cli(["inbox", "release", "--reason", "later"], { input: first })).stdout).toMatch(
      /: released\n$/,
    );
    const second = await leaseJson();
    const stale = await cli(["inbox", "ack"], { input: first });
    expect(stale).toMatchObject({ code: 1, stdout: expect.stringContaining("lease lost") });
    const [held] = jsonLines<{ delivery_id: string; lease_token: string }>(second);
    const done = await cli(["inbox", "ack", held?.delivery_id ?? "", held?.lease_token ?? "", "--json"]);
    expect(jsonLines(done.stdout)).toEqual([{ delivery_id: held?.delivery_id, outcome: "acknowledged" }]);
    expect(await statusOf(id)).toBe("acknowledged");
    expect(await cli(["inbox", "lease", "--inbox", "settle"])).toMatchObject({
      stdout: "",
      stderr: "nothing waits\n",
    });
  });

  it("buries what is hopeless", async () => {
    const [id = ""] = await openInbox("bury", 1);
    const { stdout } = await cli(["inbox", "lease", "--inbox", "bury", "--json"]);
    await cli(["inbox", "bury", "--reason", "no such customer"], { input: stdout });
    expect(await statusOf(id)).toBe("dead");
  });

  it("settles nothing if a line is none", async () => {
    const end = await cli(["inbox", "ack"], { input: '{"delivery_id":"a","lease_token":"b"}\nnonsense\n' });
    expect(end).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("Line 2") });
  });
});

describe("`triggers inbox drain`", () => {
  it("writes each event as a line, acknowledges it, and tells how many on standard error", async () => {
    const ids = await openInbox("lines", 25);
    const { code, stdout, stderr } = await cli(["inbox", "drain", "--inbox", "lines"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "25 acknowledged\n" });
    const events = jsonLines<EventView>(stdout);
    expect(events.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    for (const id of ids) expect(await statusOf(id)).toBe("acknowledged");
  });

  it("runs a command for each event: exit code 0 acknowledges, any other releases", async () => {
    const ids = await openInbox("exec", 3);
    const handler =
      'echo "$TRIGGERS_EVENT_ID $TRIGGERS_EVENT_SUBJECT $TRIGGERS_EVENT_ATTEMPT $(cat)"; test "$TRIGGERS_EVENT_SUBJECT" != s1';
    const { code, stdout, stderr } = await cli(["inbox", "drain", "--inbox", "exec", "--exec", handler]);
    expect(code).toBe(1);
    const lines = ids.map((id, n) => `${id} s${n} 1 {"n":${n}}`);
    expect(stdout.trim().split("\n").toSorted()).toEqual(lines.toSorted());
    expect(stderr).toContain(`event ${ids[1]}: the command ended with 1; it comes again`);
    expect(stderr).toContain("2 acknowledged, 1 released, to come again");
    expect(await Promise.all(ids.map(statusOf))).toEqual(["acknowledged", "delivered", "acknowledged"]);
    const json = await openInbox("exec-json", 1);
    const end = await cli(["inbox", "drain", "--inbox", "exec-json", "--json", "--exec", "cat"]);
    expect(jsonLines(end.stdout)).toEqual([
      { event_id: json[0], attempt: 1, ending: 0, outcome: "acknowledge" },
    ]);
    expect(end.stderr).toContain('{"n":0}');
  });

  it("runs no more commands at once than it may", async () => {
    await openInbox("few", 6);
    const handler = `mkdir ${server.folder}/busy || echo both; sleep 0.05; rmdir ${server.folder}/busy`;
    const { stdout } = await cli([
      "inbox",
      "drain",
      "--inbox",
      "few",
      "--concurrency",
      "1",
      "--exec",
      handler,
    ]);
    expect(stdout).toBe("");
  });

  it("that is stopped gives back what it has not begun, and ends what it has", async () => {
    const ids = await openInbox("stop", 20);
    const handler = "echo begun; sleep 0.5";
    const run = startCli(
      { env: server.env },
      ...["inbox", "drain", "--inbox", "stop", "--concurrency", "2", "--exec", handler],
    );
    await eventually(run.stdout, (text) => text.includes("begun"));
    run.kill("SIGTERM");
    expect(await run.exited).toEqual({ code: expect.any(Number), signal: null });
    expect(run.stderr()).toContain("Stopping");
    const begun = run.stdout().trim().split("\n").length;
    expect(begun).toBeLessThan(20);
    const statuses = await Promise.all(ids.map(statusOf));
    expect(statuses.filter((status) => status === "acknowledged")).toHaveLength(begun);
    const left = await cli(["inbox", "list", "--inbox", "stop", "--json"]);
    expect(jsonLines(left.stdout)).toHaveLength(20 - begun);
  });
});

describe("`triggers inbox drain --exec`", () => {
  it("ends a command whose event somebody else has meanwhile, and tells that it was handled twice", async () => {
    await openInbox("lost", 1);
    const run = startCli(
      { env: server.env },
      // A command that starts another: both are to end.
      ...[
        "inbox",
        "drain",
        "--inbox",
        "lost",
        "--lease",
        "1s",
        "--exec",
        "echo begun; sleep 600; echo ended",
      ],
    );
    await eventually(run.stdout, (text) => text.includes("begun"));
    run.kill("SIGSTOP");
    const taken = await eventually(
      () => lease(client, { limit: 1, lease_seconds: 60 }, "lost"),
      (leased) => leased.length === 1,
    );
    run.kill("SIGCONT");
    expect(await run.exited).toEqual({ code: 1, signal: null });
    expect(run.stdout()).toBe("begun\n");
    expect(run.stderr()).toContain("0 acknowledged, 1 handed to somebody else meanwhile: handled twice");
    expect(await settle(client, "ack", taken)).toEqual(["acknowledged"]);
  });

  it("that is stopped twice ends its commands and gives back nothing: they come again when their lease ends", async () => {
    const [id = ""] = await openInbox("haste", 1);
    const handler = "echo begun; sleep 600; echo ended";
    const run = startCli({ env: server.env }, "inbox", "drain", "--inbox", "haste", "--exec", handler);
    await eventually(run.stdout, (text) => text.includes("begun"));
    run.kill("SIGINT");
    await eventually(run.stderr, (text) => text.includes("Stopping"));
    // One that comes right behind the first counts as the same, so more than one may be needed.
    const insisting = setInterval(() => run.kill("SIGINT"), 100);
    const exit = await run.exited;
    clearInterval(insisting);
    expect(exit).toEqual({ code: 130, signal: null });
    expect(run.stdout()).toBe("begun\n");
    expect(await statusOf(id)).toBe("delivered");
  });
});

describe("`triggers tail`", () => {
  it("shows events as they are accepted, over a restart, and where to go on from", async () => {
    const run = startCli({ env: server.env }, "tail", "--type", "tail.*", "--json");
    await eventually(run.stderr, (text) => text.includes("following"));
    const send = async (n: number) => (await postEvent(client, { type: "tail.x", payload: { n } })).event_id;
    const ids = [await send(0)];
    await postEvent(client, { type: "other.x", payload: {} });
    await eventually(run.stdout, (text) => jsonLines(text.slice(0, text.lastIndexOf("\n") + 1)).length === 1);
    await server.program.kill();
    await server.program.start();
    ids.push(await send(1));
    await eventually(run.stdout, (text) => text.split("\n").length === 3);
    run.kill("SIGINT");
    expect(await run.exited).toEqual({ code: 0, signal: null });
    const seen = jsonLines<{ position: string; event: EventView }>(run.stdout());
    expect(seen.map(({ event }) => event.id)).toEqual(ids);
    expect(run.stderr().match(/Goes on from the last event/g)).toHaveLength(1);
    expect(run.stderr()).toContain("following again");
    const [, place = ""] = /triggers tail --since (\S+)/.exec(run.stderr()) ?? [];
    ids.push(await send(2));
    for (const [since, expected] of [
      [place, ids.slice(2)],
      [seen[0]?.position ?? "", ids.slice(1)],
      ["10m", ids],
    ] as const) {
      const later = startCli({ env: server.env }, "tail", "--type", "tail.*", "--since", since);
      await eventually(later.stdout, (text) => text.split("\n").length > expected.length);
      later.kill("SIGINT");
      await later.exited;
      expect(later.stdout().match(/[0-9a-f-]{36}/g)).toEqual(expected);
    }
  });

  it("misses nothing between the past and what comes", async () => {
    const send = async (n: number) => void (await postEvent(client, { type: "seam.x", payload: { n } }));
    for (let n = 0; n < 50; n += 1) await send(n);
    const run = startCli({ env: server.env }, "tail", "--type", "seam.x", "--since", "10m", "--json");
    for (let n = 50; n < 400; n += 1) await send(n);
    await eventually(run.stdout, (text) => text.includes('"n":399'));
    run.kill("SIGTERM");
    await run.exited;
    const seen = jsonLines<{ event: EventView }>(run.stdout()).map(({ event }) => event.payload.n);
    expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 400 }, (_, n) => n));
  });
});
