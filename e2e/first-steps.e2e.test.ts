import { execFile } from "node:child_process";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, lease, settle } from "./harness/calls.ts";
import { type Client, connect, type EventView, type Page } from "./harness/client.ts";
import { readFolderState } from "./harness/folder-state.ts";
import { type Program, prepareProgram, startProgram } from "./harness/start-program.ts";
import { openTempFolder, type TempFolder } from "./harness/temp-folder.ts";

const run = promisify(execFile);

describe("The first start with nothing set", () => {
  let folder: TempFolder;
  let program: Program;
  let screen: string;
  let key: string;
  let client: Client;

  beforeAll(async () => {
    folder = await openTempFolder();
    program = await prepareProgram({
      cwd: folder.path,
      dataDir: join(folder.path, "data"),
      // A free port, so that a server on 8080 is not in the way.
      env: { TRIGGERS_BOOTSTRAP_API_KEY: null, TRIGGERS_DATA_DIR: null },
    });
    await program.start();
    screen = stripVTControlCharacters(program.output());
    key = /tk_[\w-]+/.exec(screen)?.[0] ?? "";
    client = connect(program, key);
  });
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it("shows where it listens, the docs, the key and how to send an event", () => {
    expect(screen).toContain(program.url);
    expect(screen).toContain(`${program.url}/docs`);
    expect(key.length).toBeGreaterThan(32);
    expect(screen).toMatch(/^ +curl -X POST /m);
    expect(screen.split("\n").length).toBeLessThan(25);
  });

  it("takes the very curl line it shows", async () => {
    const line = /^ +(curl -X POST .*)$/m.exec(screen)?.[1];
    const { stdout } = await run("sh", ["-c", `${line} -sS -w '\\n%{http_code}'`]);
    expect(stdout.split("\n").at(-1)).toBe("201");
  });

  it("shows the event in the inbox by the other curl line", async () => {
    const line = /^ +(curl http\S+\/v1\/inbox .*)$/m.exec(screen)?.[1];
    const { stdout } = await run("sh", ["-c", `${line} -sS`]);
    const waiting = JSON.parse(stdout) as Page<{ event: EventView }>;
    expect(waiting.data.map(({ event }) => [event.type, event.payload])).toEqual([
      ["order.created", { order_id: "ord_1", amount: 4999 }],
    ]);
  });

  it("keeps its files to its owner", async () => {
    const state = await readFolderState(program.dataDir);
    const modes = Object.entries(state).map(([name, one]) => [name, one.split(" ")[0]]);
    expect(modes).toContainEqual([".", "700"]);
    expect(modes.length).toBeGreaterThan(2);
    for (const [name, mode] of modes) expect([name, mode]).toEqual([name, name === "." ? "700" : "600"]);
  });

  it("is emptied by lease and acknowledge, and a restart keeps key, event and acknowledgement", async () => {
    const leased = await lease(client, { limit: 10 });
    expect(leased).toHaveLength(1);
    expect(await settle(client, "ack", leased)).toEqual(["acknowledged"]);

    await program.kill();
    await program.start();

    expect(
      stripVTControlCharacters(program.output())
        .match(/tk_[\w-]+/g)
        ?.every((one) => one === key),
    ).toBe(true);
    expect(expectStatus(await client.send<Page<unknown>>("GET", "/v1/inbox"), 200).data).toEqual([]);
    const path = `/v1/events/${leased[0]?.event.id}`;
    const event = expectStatus(await client.send<EventView>("GET", path), 200);
    expect(event.status).toBe("acknowledged");
    expect(await settle(client, "ack", leased)).toEqual(["already_acknowledged"]);
  });

  it("refuses a second start on the same folder and goes on undisturbed", async () => {
    const second = await prepareProgram({ dataDir: program.dataDir });
    const { code, output } = await second.startToFail();
    expect(code).toBe(1);
    expect(output).toContain(program.dataDir);
    expect(output).toMatch(/in use|another|already/i);
    expect(output.trim().split("\n").length).toBeLessThan(5);
    expectStatus(await client.send("GET", "/v1/me"), 200);
  });

  it("tells with SIGTERM that all is well", async () => {
    expect(await program.stop()).toMatchObject({ code: 0, signal: null });
  });
});

describe("Wrong settings", () => {
  it("stop the start with one message that names all of them and no secret", async () => {
    await using folder = await openTempFolder();
    const dataDir = join(folder.path, "data");
    const program = await prepareProgram({
      dataDir,
      env: {
        TRIGGERS_PROT: "9",
        TRIGGERS_PORT: "eighty",
        TRIGGERS_STORE: "mysql",
        TRIGGERS_BOOTSTRAP_API_KEY: "short-secret",
        TRIGGERS_MASTER_KEY: "no-key-at-all",
        TRIGGERS_RATE_LIMIT: "-1",
        TRIGGERS_RETENTION_DAYS: "0",
        TRIGGERS_LOG_LEVEL: "loud",
        TRIGGERS_ROLES: "api,cook",
        TRIGGERS_ALLOW_NETWORKS: "10.0.0.0/99",
      },
    });
    const { code, output } = await program.startToFail();
    expect(code).toBe(1);
    const names = output.match(/TRIGGERS_[A-Z_]+/g) ?? [];
    expect([...new Set(names)].sort()).toEqual([
      "TRIGGERS_ALLOW_NETWORKS",
      "TRIGGERS_BOOTSTRAP_API_KEY",
      "TRIGGERS_LOG_LEVEL",
      "TRIGGERS_MASTER_KEY",
      "TRIGGERS_PORT",
      "TRIGGERS_PROT",
      "TRIGGERS_RATE_LIMIT",
      "TRIGGERS_RETENTION_DAYS",
      "TRIGGERS_ROLES",
      "TRIGGERS_STORE",
    ]);
    expect(output).not.toMatch(/short-secret|no-key-at-all|\n\s+at /);
    await expect(readFolderState(dataDir)).rejects.toThrow("ENOENT");
  });

  it("stop the start when the port is taken, and say so", async () => {
    await using first = await startProgram();
    await using second = await prepareProgram({ env: { TRIGGERS_PORT: new URL(first.url).port } });
    const { code, output } = await second.startToFail();
    expect(code).toBe(1);
    expect(output).toContain("EADDRINUSE");
    expect(output).not.toMatch(/\n\s+at /);
  });
});

describe("The master key", () => {
  it.each<[string, (dataDir: string) => Promise<Record<string, string | null>>]>([
    [
      "missing",
      async (dataDir) => {
        await mkdir(`${dataDir}-away`);
        await rename(join(dataDir, "master.key"), join(`${dataDir}-away`, "master.key"));
        return {};
      },
    ],
    [
      "another in the file",
      async (dataDir) => {
        await writeFile(join(dataDir, "master.key"), `${Buffer.alloc(32, 7).toString("base64")}\n`);
        return {};
      },
    ],
    ["another in the setting", async () => ({ TRIGGERS_MASTER_KEY: Buffer.alloc(32, 7).toString("base64") })],
  ])("refuses the start and changes no byte when it is %s", async (_, spoil) => {
    await using folder = await openTempFolder();
    const dataDir = join(folder.path, "data");
    await using program = await startProgram({ dataDir });
    using client = connect(program, program.key);
    expectStatus(await client.send("POST", "/v1/events", { body: { payload: { kept: true } } }), 201);
    await program.stop();
    const rightKey = await readFile(join(dataDir, "master.key"));

    const env = await spoil(dataDir);
    const before = await readStored(dataDir);
    const spoilt = await prepareProgram({ dataDir, env });
    const { code, output } = await spoilt.startToFail();
    expect(code).toBe(1);
    expect(output).toMatch(/key/);
    expect(output).not.toContain(rightKey.toString().trim());
    expect(await readStored(dataDir)).toEqual(before);

    await writeFile(join(dataDir, "master.key"), rightKey, { mode: 0o600 });
    await program.start();
    expect(expectStatus(await client.send<Page<unknown>>("GET", "/v1/events"), 200).data).toHaveLength(1);
  });
});

/** Without the file that names the process which holds the folder: it holds nothing of the data. */
async function readStored(dataDir: string): Promise<Readonly<Record<string, string>>> {
  const { "triggers.lock": _, ...stored } = await readFolderState(dataDir);
  return stored;
}
