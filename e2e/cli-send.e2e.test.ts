import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliServer, openServer } from "./cli/open-server.ts";
import { type CliEnd, type CliOptions, jsonLines, runCli } from "./cli/start-cli.ts";
import { expectStatus, readFeed } from "./harness/calls.ts";
import { type Client, connect, type EventView } from "./harness/client.ts";

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

async function payloadOf(id: string): Promise<string> {
  return (await client.send("GET", `/v1/events/${id}/payload`)).bytes.toString();
}

describe("`triggers send`", () => {
  it("stores an event with all that is said of it, and says so", async () => {
    const said = [
      "--source",
      "shop",
      "--subject",
      "cus_1",
      "--tag",
      "eu",
      "--tag",
      "vip",
      "--priority",
      "high",
    ];
    const more = ["--metadata", '{"a":1}', "--ordering-key", "k", "--occurred-at", "2026-11-28T10:00:00Z"];
    const { code, stdout, stderr } = await cli([
      ...["send", "--payload", '{"n":1}', "--type", "order.created", ...said, ...more],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [id = ""] = /^\S+(?= stored\n$)/.exec(stdout) ?? [];
    const event = await client.send<EventView>("GET", `/v1/events/${id}`);
    expect(expectStatus(event, 200)).toMatchObject({
      ...{ type: "order.created", source: "shop", subject: "cus_1", tags: ["eu", "vip"], ordering_key: "k" },
      ...{ metadata: { a: 1, priority: "high" }, occurred_at: "2026-11-28T10:00:00.000Z", payload: { n: 1 } },
    });
  });

  it("sends the payload byte for byte: as an argument, a file or standard input", async () => {
    const payload = '{ "n": 9007199254740993,\n  "x":1.10, "ü":"" }';
    const file = join(server.folder, "payload.json");
    await writeFile(file, payload);
    const ends = [
      await cli(["send", "--json", "--payload", payload]),
      await cli(["send", "--json", file]),
      await cli(["send", "--json"], { input: payload }),
      await cli(["send", "--json", "-"], { input: payload }),
    ];
    for (const { stdout } of ends) {
      const [sent] = jsonLines<{ event_id: string; replayed: boolean }>(stdout);
      expect(sent?.replayed).toBe(false);
      expect(await payloadOf(sent?.event_id ?? "")).toBe(payload);
    }
  });

  it("sends numbers in metadata as they are, those that no double holds too", async () => {
    const metadata = '{"order":9007199254740993}';
    const ends = [
      await cli(["send", "--json", "--payload", "{}", "--metadata", metadata]),
      await cli(["send", "--json", "--batch"], { input: `{"payload":{},"metadata":${metadata}}\n` }),
    ];
    for (const { stdout } of ends) {
      const [sent] = jsonLines<{ event_id: string }>(stdout);
      const { bytes } = await client.send("GET", `/v1/events/${sent?.event_id}`);
      expect(bytes.toString()).toContain('"order":9007199254740993');
    }
  });

  it("stores an event once under its idempotency key, and tells the second time", async () => {
    const send = () => cli(["send", "--payload", "{}", "--idempotency-key", "once"]);
    const [first, second] = [await send(), await send()];
    expect(first.stdout).toMatch(/ stored\n$/);
    expect(second.stdout).toBe(second.stdout.replace(/^\S+/, first.stdout.split(" ")[0] ?? ""));
    expect(second.stdout).toMatch(/ was there already, stored at /);
    const other = await cli(["send", "--payload", '{"other":1}', "--idempotency-key", "once"]);
    expect(other).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("idempotency_key_reused"),
    });
  });

  it("delivers later where that is asked for", async () => {
    const { stdout } = await cli(["send", "--json", "--payload", "{}", "--deliver-at", "1h"]);
    const [sent] = jsonLines<{ event_id: string }>(stdout);
    const list = await client.send<{ data: { due_at: string }[] }>(
      "GET",
      `/v1/events/${sent?.event_id}/deliveries`,
    );
    const [due = ""] = expectStatus(list, 200).data.map(({ due_at }) => due_at);
    expect(Date.parse(due)).toBeGreaterThan(Date.now() + 30 * 60_000);
  });

  it.each([
    ["a payload that is not JSON", ["--payload", "{"], 1, /payload is not one JSON value/],
    ["a type that is none", ["--payload", "{}", "--type", "not a type"], 1, /\/type: must be dotted/],
    ["a file that is not there", ["/nonexistent.json"], 1, /ENOENT/],
    ["two payloads", ["--payload", "{}", "/dev/null"], 1, /not by both/],
    [
      "a priority that is none",
      ["--payload", "{}", "--priority", "urgent"],
      2,
      /Allowed choices are low, normal, high/,
    ],
    ["metadata that is no object", ["--payload", "{}", "--metadata", "[]"], 2, /JSON object/],
    ["an option that is none", ["--colour", "red"], 2, /unknown option/],
    ["a batch with what each line says itself", ["--batch", "--type", "a"], 2, /cannot be used with/],
  ])("refuses %s with words", async (_what, args, code, words) => {
    const end = await cli(["send", ...args]);
    expect(end).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(words) });
  });

  it("refuses bytes that are not UTF-8 instead of storing others", async () => {
    const { code, stderr } = await cli(["send"], { input: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "triggers: The payload is not UTF-8. Send it as UTF-8.\n",
    });
  });
});

describe("`triggers send --batch`", () => {
  const lines = [
    '{"type":"b.one","payload":{"big":9007199254740993}}',
    "not JSON",
    "",
    '{"type":"not a type","payload":{}}',
    '{"type":"b.two","payload":{},"tags":["t"]}',
    '{"type":"b.three"}',
  ];

  async function writeLines(name: string, content: readonly string[]): Promise<string> {
    const file = join(server.folder, name);
    await writeFile(file, content.join("\n"));
    return file;
  }

  async function countOf(type: string): Promise<number> {
    return (await readFeed(client, `&type=${type}`)).length;
  }

  it("stores what is sound, tells each refused line by its number, and the next time stores nothing twice", async () => {
    const file = await writeLines("some.ndjson", lines);
    const first = await cli(["send", "--batch", file]);
    expect(first).toMatchObject({ code: 1, stdout: "2 stored, 0 were there already, 3 refused.\n" });
    expect(first.stderr).toMatch(
      /^line 2: .*\nline 4: \/type must be dotted.*\nline 6: It has no `payload`\.\n/,
    );
    const second = await cli(["send", "--batch", file]);
    expect(second.stdout).toBe("0 stored, 2 were there already, 3 refused.\n");
    expect(await countOf("b.one")).toBe(1);
    const [event] = await readFeed(client, "&type=b.one");
    expect(await payloadOf(event?.id ?? "")).toBe('{"big":9007199254740993}');
  });

  it("takes the corrected file under the key that it told, and stores only what was refused", async () => {
    const file = await writeLines("mended.ndjson", ['{"type":"m.one","payload":{}}', '{"type":"m.two"}']);
    const first = await cli(["send", "--batch", file]);
    const [, key = ""] = /--idempotency-key (\S+):/.exec(first.stderr) ?? [];
    await writeLines("mended.ndjson", ['{"type":"m.one","payload":{}}', '{"type":"m.two","payload":{}}']);
    const second = await cli(["send", "--batch", file, "--idempotency-key", key]);
    expect(second).toMatchObject({ code: 0, stdout: "1 stored, 1 were there already, 0 refused.\n" });
    expect(await countOf("m.one")).toBe(1);
  });

  it("takes a file that was written anew for another one", async () => {
    const file = await writeLines("daily.ndjson", ['{"type":"daily.tick","payload":{}}']);
    await cli(["send", "--batch", file]);
    await utimes(file, new Date(0), new Date(0));
    expect((await cli(["send", "--batch", file])).stdout).toBe(
      "1 stored, 0 were there already, 0 refused.\n",
    );
    expect(await countOf("daily.tick")).toBe(2);
  });

  it("reads standard input, and tells the key to go on with", async () => {
    const input = '{"type":"in.put","payload":{}}\n'.repeat(3);
    const first = await cli(["send", "--batch"], { input });
    expect(first).toMatchObject({ code: 0, stdout: "3 stored, 0 were there already, 0 refused.\n" });
    const [, key = ""] = /--idempotency-key (\S+)/.exec(first.stderr) ?? [];
    const second = await cli(["send", "--batch", "-", "--idempotency-key", key], { input });
    expect(second).toMatchObject({ stdout: "0 stored, 3 were there already, 0 refused.\n", stderr: "" });
    expect(await countOf("in.put")).toBe(3);
  });

  it("tells programs of each line, and at last of all", async () => {
    const file = await writeLines("json.ndjson", lines);
    const { code, stdout } = await cli(["send", "--batch", file, "--json"]);
    expect(code).toBe(1);
    expect(jsonLines(stdout)).toEqual([
      { line: 1, outcome: "created", event_id: expect.any(String), timestamp: expect.any(String) },
      { line: 2, outcome: "failed", error: expect.objectContaining({ code: "unreadable_line" }) },
      { line: 4, outcome: "failed", error: expect.objectContaining({ code: "invalid_request" }) },
      { line: 5, outcome: "created", event_id: expect.any(String), timestamp: expect.any(String) },
      { line: 6, outcome: "failed", error: expect.objectContaining({ code: "unreadable_line" }) },
      { created: 2, replayed: 0, failed: 3, idempotency_key: expect.any(String), complete: true },
    ]);
  });
});
