import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliServer, openServer } from "./cli/open-server.ts";
import { runCli, startCli } from "./cli/start-cli.ts";
import { expectStatus } from "./harness/calls.ts";
import { connect, type EventView, type Page } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { REPOSITORY } from "./harness/start-program.ts";

const SCRIPT = "packages/server/src/cli/triggers.ts";

let server: CliServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

async function newest(type: string): Promise<readonly EventView[]> {
  using client = connect(server.program, server.program.key);
  const page = await client.send<Page<EventView>>("GET", `/v1/events?type=${type}`);
  return expectStatus(page, 200).data;
}

interface Terminal {
  /** All that was shown, with its control characters. */
  screen(): string;
  type(text: string): void;
  readonly exited: Promise<number | null>;
}

/** Runs a command on a terminal of its own, 100 columns wide (`script` of util-linux makes it). */
function onTerminal(command: string, env: Readonly<Record<string, string>> = server.env): Terminal {
  const line = `stty cols 100 rows 30; ${process.execPath} ${SCRIPT} ${command}`;
  const child = spawn("script", ["-qec", line, "/dev/null"], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH, TERM: "xterm-256color", HOME: "/nonexistent", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  return {
    screen: () => text,
    type: (typed) => void child.stdin.write(typed),
    exited: once(child, "close").then(([code]) => code as number | null),
  };
}

describe("On a terminal", () => {
  it("a key that is missing is asked for, and not shown", async () => {
    const { TRIGGERS_API_KEY: key = "", ...env } = server.env;
    const terminal = onTerminal("me", env);
    await eventually(terminal.screen, (text) => text.includes("API key for"));
    terminal.type(`${key}\r`);
    expect(await terminal.exited).toBe(0);
    expect(terminal.screen()).toContain("the key from the prompt");
    expect(terminal.screen()).not.toContain(key.slice(0, 12));
  });

  it("a profile's key is asked for, and whoever goes away has changed nothing", async () => {
    const env = { XDG_CONFIG_HOME: join(server.folder, "asked") };
    const add = `profiles add here --url ${server.program.url}`;
    const left = onTerminal(add, env);
    await eventually(left.screen, (text) => text.includes("API key for"));
    left.type("\x03");
    expect(await left.exited).toBe(1);
    expect(left.screen()).toContain("no key was given");
    const given = onTerminal(add, env);
    await eventually(given.screen, (text) => text.includes("API key for"));
    given.type(`${server.program.key}\r`);
    expect(await given.exited).toBe(0);
    expect(given.screen()).not.toContain(server.program.key.slice(0, 12));
    expect(await readFile(join(env.XDG_CONFIG_HOME, "triggers/profiles.json"), "utf8")).toContain(
      server.program.key,
    );
  });

  it("a list fits, in colours; with NO_COLOR there are none", async () => {
    await runCli({ env: server.env }, "send", "--payload", "{}", "--type", `long.${"x".repeat(200)}`);
    const terminal = onTerminal("events list");
    expect(await terminal.exited).toBe(0);
    const lines = stripVTControlCharacters(terminal.screen()).trimEnd().split("\r\n");
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(terminal.screen()).toContain("\x1b[1m");
    const plain = onTerminal("events list", { ...server.env, NO_COLOR: "1" });
    expect(await plain.exited).toBe(0);
    expect(plain.screen()).not.toContain("\x1b[1m");
  });

  it("what cannot be taken back is asked", async () => {
    await runCli({ env: server.env }, "subscriptions", "create", "asked");
    const no = onTerminal("subscriptions delete asked");
    await eventually(no.screen, (text) => text.includes("Delete asked?"));
    no.type("n");
    expect(await no.exited).toBe(1);
    const yes = onTerminal("subscriptions delete asked");
    await eventually(yes.screen, (text) => text.includes("Delete asked?"));
    yes.type("y");
    expect(await yes.exited).toBe(0);
    expect(yes.screen()).toContain("asked is deleted");
  });

  it("a batch has a bar, and its refused lines stand on lines of their own", async () => {
    const file = join(server.folder, "bar.ndjson");
    await writeFile(file, `${'{"type":"bar.x","payload":{}}\n'.repeat(20_000)}nonsense\n`);
    const terminal = onTerminal(`send --batch ${file}`);
    expect(await terminal.exited).toBe(1);
    expect(terminal.screen()).toMatch(/█+░+ +\d+% +\d+ stored, 0 were there already, 0 refused/);
    // What the bar left in a line is cleared before words come into it.
    const lines = terminal
      .screen()
      .split("\r\n")
      .map((line) => line.split("\x1b[K").at(-1));
    expect(lines).toContainEqual(expect.stringMatching(/^line 20001: /));
    expect(lines).toContain("20000 stored, 0 were there already, 1 refused.");
    // Cursor and wrapping stay as they are: a command that is ended leaves nothing behind.
    expect(terminal.screen()).not.toContain("\x1b[?");
  });
});

describe("Standard output", () => {
  it("that takes no more is told, and what was not written is not acknowledged", async () => {
    await runCli({ env: server.env }, "subscriptions", "create", "full", "--type", "full.x");
    await runCli({ env: server.env }, "send", "--payload", "{}", "--type", "full.x");
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [SCRIPT, "inbox", "drain", "--inbox", "full"], {
      cwd: REPOSITORY,
      env: { PATH: process.env.PATH, ...server.env },
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, "close");
    expect(code).toBe(1);
    expect(stderr).toContain("standard output takes no more: ");
    const [event] = await newest("full.x");
    expect(event?.status).toBe("delivered");
  });

  it("that is closed ends `tail` quietly at the next event", async () => {
    const line = `{ ${process.execPath} ${SCRIPT} tail --type closed.x --json; echo "ended $?" >&2; } | head -1`;
    const child = spawn("sh", ["-c", line], {
      cwd: REPOSITORY,
      env: { PATH: process.env.PATH, ...server.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    await eventually(
      () => stderr,
      (text) => text.includes("following"),
    );
    const exited = once(child, "close");
    await eventually(
      async () => {
        await runCli({ env: server.env }, "send", "--payload", "{}", "--type", "closed.x");
        return stderr;
      },
      (text) => text.includes("ended"),
    );
    await exited;
    expect(stderr).toBe("following; Ctrl-C ends\nended 0\n");
  });
});

it("Lines that come one by one on standard input are stored as they come", async () => {
  const child = spawn(process.execPath, [SCRIPT, "send", "--batch"], {
    cwd: REPOSITORY,
    env: { PATH: process.env.PATH, ...server.env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  for (let n = 1; n <= 3; n += 1) {
    child.stdin.write(`{"type":"live.x","payload":{"n":${n}}}\n`);
    await eventually(
      () => newest("live.x"),
      (events) => events.length === n,
    );
  }
  child.stdin.end();
  expect(await once(child, "close")).toEqual([0, null]);
});

it("A server that is started with the settings of the command line leaves them alone", async () => {
  await using other = await openServer({
    TRIGGERS_API_KEY: "k",
    TRIGGERS_URL: "http://a",
    TRIGGERS_PROFILE: "p",
  });
  const run = startCli({ env: other.env }, "me");
  expect((await run.exited).code).toBe(0);
});
