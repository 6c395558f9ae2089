import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliServer, openServer } from "./cli/open-server.ts";
import { type CliEnd, type CliOptions, jsonLines, runCli } from "./cli/start-cli.ts";
import { REPOSITORY } from "./harness/start-program.ts";

const run = promisify(execFile);
const WRONG = "wrong-key-wrong-key-wrong-key-wrong-key";

let server: CliServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

function cli(args: readonly string[], more: Partial<CliOptions> = {}): Promise<CliEnd> {
  return runCli({ env: server.env, ...more }, ...args);
}

/** Settings of a user's own, without the environment's URL and key. */
async function home(name: string): Promise<Readonly<Record<string, string>>> {
  const path = join(server.folder, name);
  await mkdir(path);
  return { XDG_CONFIG_HOME: path };
}

describe("URL and key", () => {
  it("are told by `triggers me`, with where they came from, and without the key", async () => {
    const { code, stdout } = await cli(["me"]);
    expect(code).toBe(0);
    expect(stdout).toContain("scopes          project:admin");
    expect(stdout).toContain(
      `the URL ${server.program.url} comes from TRIGGERS_URL, the key from TRIGGERS_API_KEY`,
    );
    expect(stdout).not.toContain(server.program.key);
    const [me] = jsonLines((await cli(["me", "--json"])).stdout);
    expect(me).toMatchObject({ scopes: ["project:admin"], limits: { event_bytes: 1_048_576 } });
  });

  it("come from profiles, which nobody else may read", async () => {
    const env = await home("profiles");
    const add = (name: string, key: string) =>
      cli(["profiles", "add", name, "--url", server.program.url], { env, input: `${key}\n` });
    expect(await add("local", server.program.key)).toMatchObject({ code: 0, stderr: "" });
    expect(await add("other", server.program.key)).toMatchObject({ code: 0 });
    const file = join(env.XDG_CONFIG_HOME ?? "", "triggers/profiles.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await cli(["me"], { env })).stdout).toContain("the key from the profile local");
    await cli(["profiles", "use", "other"], { env });
    expect((await cli(["me"], { env })).stdout).toContain("the key from the profile other");
    expect((await cli(["me", "--profile", "local"], { env })).stdout).toContain("from the profile local");
    const listed = await cli(["profiles", "list", "--json"], { env });
    expect(jsonLines(listed.stdout)).toEqual([
      { name: "local", url: server.program.url, chosen: false },
      { name: "other", url: server.program.url, chosen: true },
    ]);
    expect((await cli(["profiles", "list"], { env })).stdout).toMatch(
      /^NAME +URL +USE\nlocal +http\S+\nother .*in use\n$/,
    );
    expect(listed.stdout).not.toContain(server.program.key);
    await cli(["profiles", "remove", "other"], { env });
    expect(await readFile(file, "utf8")).not.toContain("other");
    await chmod(file, 0o644);
    expect(await cli(["me"], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("chmod 600"),
    });
  });

  it("of a profile are tried before they are kept", async () => {
    const env = await home("tried");
    const end = await cli(["profiles", "add", "bad", "--url", server.program.url], { env, input: WRONG });
    expect(end).toMatchObject({ code: 1, stderr: expect.stringContaining("does not take this key") });
    expect(end.stderr).not.toContain(WRONG);
    const away = await cli(["profiles", "add", "away", "--url", "http://127.0.0.1:1"], { env, input: WRONG });
    expect(away).toMatchObject({ code: 0, stderr: expect.stringContaining("the key was not tried") });
  });

  it("that are missing are told, with all ways to give them", async () => {
    const { code, stderr } = await cli(["events", "list"], { env: await home("none") });
    expect(code).toBe(1);
    for (const way of ["http://127.0.0.1:8080", "TRIGGERS_API_KEY", "triggers profiles add", "--api-key"])
      expect(stderr).toContain(way);
  });
});

describe("What goes wrong", () => {
  it("with the key is told with where it came from, never with the key", async () => {
    const { code, stdout, stderr } = await cli(["events", "list"], {
      env: { ...server.env, TRIGGERS_API_KEY: WRONG },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("does not take the key from TRIGGERS_API_KEY");
    const byOption = await cli(["events", "list", "--api-key", WRONG]);
    expect(byOption.stderr).toContain("the key from --api-key");
    for (const text of [stderr, byOption.stderr]) expect(text).not.toContain(WRONG);
  });

  it("with the server is told soon, and how to start one", async () => {
    const { code, stderr } = await cli(["events", "list", "--url", "http://127.0.0.1:1"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /No server answers at http:\/\/127.0.0.1:1 \(from --url\)\. Is it running\? `npm start`/,
    );
  });

  it("with the address is told: something else answers there", async () => {
    const other = createServer((_, response) => response.writeHead(404).end(`echo ${server.program.key}`));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { code, stderr } = await cli(["events", "list", "--url", url]);
    other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`What answers at ${url} (from --url) is no Triggers API (status 404)`);
    expect(stderr).not.toContain(server.program.key);
  });

  it.each([
    ["a command that is none", ["evnets"], /unknown command 'evnets'/],
    ["an argument too many", ["events", "list", "more"], /too many arguments/],
    ["a key that is none", ["me", "--api-key", "a key"], /The key from --api-key is none/],
    ["a URL that is none", ["me", "--url", "nonsense"], /URL from --url must be an http or https URL/],
  ])("with the words is told: %s", async (_what, args, words) => {
    const { code, stderr } = await cli(args);
    expect(code).toBe(args[0] === "me" ? 1 : 2);
    expect(stderr).toMatch(words);
  });
});

describe("The command line", () => {
  it.each([
    [
      "its version: no client",
      "--version",
      /fastify|pino|undici|cli-table3|clack|packages\/client|\/store\/|app\.ts/,
    ],
    ["who the key is: no server", "me", /fastify|pino|undici|cli-table3|clack|\/store\/|app\.ts/],
  ])("loads no more than it needs to tell %s", async (_what, command, unneeded) => {
    const { stdout, stderr } = await run(
      process.execPath,
      [`${REPOSITORY}packages/server/src/cli/triggers.ts`, command],
      { env: { PATH: process.env.PATH, ...server.env, NODE_DEBUG: "esm" }, maxBuffer: 2 ** 28 },
    );
    expect(stdout).not.toBe("");
    const loaded = [...stderr.matchAll(/Storing file:\/\/(\S+)/g)].map(([, path]) => path);
    expect(loaded).toContainEqual(expect.stringContaining("/commander/"));
    expect(loaded.filter((path) => unneeded.test(path ?? ""))).toEqual([]);
  });

  it("writes no colours where there is no terminal", async () => {
    const ends = [
      await cli(["me"]),
      await cli(["subscriptions", "list"]),
      await cli(["--help"]),
      await cli(["nope"]),
    ];
    for (const { stdout, stderr } of ends) expect(`${stdout}${stderr}`).not.toContain("\x1b");
  });

  it("ends quietly when whoever reads has seen enough", async () => {
    const input = '{"payload":{}}\n'.repeat(3_000);
    await cli(["send", "--batch"], { input });
    const script = `${process.execPath} packages/server/src/cli/triggers.ts events list --json --limit 3000`;
    const line = `{ ${script}; echo "ended $?" >&2; } | head -1`;
    const { stdout, stderr } = await run("sh", ["-c", line], {
      env: { PATH: process.env.PATH, ...server.env },
      cwd: REPOSITORY,
    });
    expect(jsonLines(stdout)).toHaveLength(1);
    expect(stderr).toBe("ended 0\n");
  });

  it("shows the key to no child of its own", async () => {
    await cli(["subscriptions", "create", "for-child", "--type", "for.child"]);
    await cli(["send", "--payload", "{}", "--type", "for.child"]);
    // Its own arguments, and those of the command that started it.
    const handler = "tr '\\0' ' ' < /proc/$$/cmdline; tr '\\0' ' ' < /proc/$PPID/cmdline";
    const { code, stdout: seen } = await cli(["inbox", "drain", "--inbox", "for-child", "--exec", handler]);
    expect(code).toBe(0);
    expect(seen).toContain("triggers.ts inbox drain");
    expect(seen).not.toContain(server.program.key);
  });
});
