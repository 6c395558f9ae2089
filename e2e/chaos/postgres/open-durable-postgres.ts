import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  findPrograms,
  findServerUser,
  type ServerUser,
} from "../../../packages/server/src/store/postgres/testing/find-programs.ts";
import { openClient } from "../../../packages/server/src/store/postgres/testing/open-client.ts";
import { freePort } from "../../../packages/server/src/store/testing/free-port.ts";
import { openTempFolder } from "../../harness/temp-folder.ts";

const run = promisify(execFile);
const START_MS = 60_000;

export interface DurablePostgresOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Where the data lies; a folder of its own if not given. */
  readonly parent?: string;
  /** Lays the log of changes (WAL) beside `parent`, so that tables alone fill it. */
  readonly isLogElsewhere?: true;
}

/** A PostgreSQL with every fsync on that can end as in a crash and be started again on its data and its port. */
export interface DurablePostgres extends AsyncDisposable {
  /** Of an empty database, for a role without special rights. */
  readonly url: string;
  start(): Promise<void>;
  /** As `pg_ctl stop -m immediate`: it ends without a checkpoint, and recovers at its next start. */
  stop(): Promise<void>;
  /** One statement as superuser; gives its rows. */
  ask<Row extends object>(statement: string): Promise<readonly Row[]>;
  /** While it is stopped: keeps a copy of its data as they are. */
  keepCopy(): Promise<void>;
  /** While it is stopped: puts the copy in the place of its data, as a recovery to an earlier point in time would. */
  goBack(): Promise<void>;
  isAnswering(): Promise<boolean>;
  /** Ends all connections of the nodes. */
  endConnections(): Promise<void>;
}

export async function openDurablePostgres(options: DurablePostgresOptions = {}): Promise<DurablePostgres> {
  const own = await openTempFolder();
  try {
    const user = await findServerUser();
    const programs = await findPrograms(user, own.path);
    const data = join(options.parent ?? own.path, "postgres");
    const log = options.isLogElsewhere ? join(own.path, "log") : null;
    await chmod(own.path, 0o711);
    await initialise({ programs, data, log, user });
    const port = await freePort();
    const settings = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      ...options.settings,
      port,
    };
    const given = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = makeServer([join(programs, "postgres"), "-D", data, ...given], user, port);
    await server.start();
    await server.ask("CREATE ROLE nodes LOGIN");
    await server.ask("CREATE DATABASE triggers OWNER nodes");
    const copy = join(own.path, "copy");
    return {
      ...server,
      keepCopy: () => replaceFolder(copy, data),
      goBack: () => replaceFolder(data, copy),
      async [Symbol.asyncDispose]() {
        await server.stop();
        await own[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await own[Symbol.asyncDispose]();
    throw error;
  }
}

async function replaceFolder(folder: string, by: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  // Owners and modes too: the server looks at them.
  await run("cp", ["--archive", by, folder]);
}

interface Place {
  readonly programs: string;
  readonly data: string;
  readonly log: string | null;
  readonly user: ServerUser;
}

async function initialise({ programs, data, log, user }: Place): Promise<void> {
  for (const folder of [data, log]) {
    if (folder === null) continue;
    await mkdir(folder, { mode: 0o700 });
    if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
  }
  const flags = [`--pgdata=${data}`, "--username=postgres", "--auth=trust", "--no-sync", "--no-instructions"];
  const place = log === null ? [] : [`--waldir=${log}`];
  await run(join(programs, "initdb"), [...flags, ...place], { ...user, cwd: "/" });
}

/** The shell ends the server as soon as its input ends: also when the test was killed. It ends itself when the server does. */
const GUARD = `exec 3<&0; "$@" & server=$!; { cat <&3; kill -QUIT $server; } >/dev/null 2>&1 & wait $server`;

function makeServer(command: readonly string[], user: ServerUser, port: number) {
  let guard: ChildProcess | null = null;
  const urlOf = (role: string, database: string) => `postgres://${role}@127.0.0.1:${port}/${database}`;
  const ask = <Row extends object>(statement: string) =>
    askOnce<Row>(urlOf("postgres", "postgres"), statement);
  return {
    url: urlOf("nodes", "triggers"),
    ask,
    async start() {
      guard = spawn("sh", ["-c", GUARD, "postgres", ...command], { ...user, cwd: "/", stdio: "pipe" });
      guard.stdin?.on("error", () => undefined);
      await whenReady(guard);
    },
    async stop() {
      const ended = guard === null || guard.exitCode !== null ? null : once(guard, "exit");
      guard?.stdin?.end();
      await ended;
    },
    isAnswering: () =>
      ask("SELECT 1").then(
        () => true,
        () => false,
      ),
    async endConnections() {
      await ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'triggers%'",
      );
    },
  };
}

async function askOnce<Row extends object>(url: string, statement: string): Promise<readonly Row[]> {
  const client = await openClient(url);
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** What it writes later is read too, or it would stand still. */
function whenReady(guard: ChildProcess): Promise<void> {
  let text = "";
  let isStarting = true;
  return new Promise((resolve, reject) => {
    const fail = (how: string) => {
      isStarting = false;
      guard.stdin?.end();
      reject(new Error(`PostgreSQL ${how}. It wrote:\n${text}`));
    };
    const timer = setTimeout(() => fail("did not start in time"), START_MS);
    const read = (chunk: Buffer) => {
      if (!isStarting) return;
      text += chunk.toString();
      if (!text.includes("ready to accept connections")) return;
      isStarting = false;
      clearTimeout(timer);
      resolve();
    };
    guard.stdout?.on("data", read);
    guard.stderr?.on("data", read);
    guard.once("exit", () => {
      clearTimeout(timer);
      guard.stdin?.end();
      if (isStarting) fail("ended");
    });
  });
}
