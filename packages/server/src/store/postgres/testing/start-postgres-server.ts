import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../testing/free-port.ts";
import { findPrograms, findServerUser, type ServerUser } from "./find-programs.ts";

const run = promisify(execFile);

/** A PostgreSQL of its own on this machine, that listens on 127.0.0.1 and lets in everybody. */
export interface PostgresServer {
  /** Of this database, for the superuser. */
  urlOf(database: string): string;
  readonly pid: number;
  /** Stops it and removes what it stored. */
  stop(): Promise<void>;
}

/** Without these a commit waits for no disk: a crash of the machine would lose it, and a test's data is gone at its end anyway. */
const RELAXED = { fsync: "off", full_page_writes: "off" };
const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  shared_buffers: "64MB",
  // Tests in hundreds of small databases; the statements must do without statistics, as they do on the first day.
  autovacuum: "off",
};

/**
 * Starts PostgreSQL in a folder of its own. It ends with `stop`, and also when this process ends in whatever way. `isDurable`: with every `fsync`, for tests that
 * cut it down.
 */
export async function startPostgresServer({
  isDurable,
  settings = {},
}: {
  readonly isDurable: boolean;
  /** Above the ones for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), "triggers-postgres-"));
  try {
    const user = await findServerUser();
    if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
    await chmod(folder, 0o700);
    const programs = await findPrograms(user, folder);
    const data = join(folder, "data");
    await initialise(programs, data, user);
    return await launch({
      folder,
      programs,
      data,
      user,
      settings: { ...SETTINGS, ...(isDurable ? {} : RELAXED), ...settings },
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Texts sort by a language's rules, as on most servers out there: a statement that relies on the order of bytes has to say so. */
function initialise(programs: string, data: string, user: ServerUser): Promise<unknown> {
  const locale = ["--locale=C", "--locale-provider=icu", "--icu-locale=en-US", "--encoding=UTF8"];
  const flags = [`--pgdata=${data}`, "--username=postgres", "--auth=trust", "--no-sync", "--no-instructions"];
  return run(join(programs, "initdb"), [...flags, ...locale], { ...user, cwd: "/" });
}

interface Launch {
  readonly folder: string;
  readonly programs: string;
  readonly data: string;
  readonly user: ServerUser;
  readonly settings: Readonly<Record<string, string>>;
}

/** The shell ends the server, and removes its folder, as soon as its input ends: also when this process was killed. */
const GUARD = `"$@" & server=$!; echo "pid $server"; cat; kill -QUIT $server; wait $server; rm -rf "$0"`;

async function launch({ folder, programs, data, user, settings }: Launch): Promise<PostgresServer> {
  const port = await freePort();
  const given = Object.entries({ ...settings, port }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [join(programs, "postgres"), "-D", data, ...given];
  const guard = spawn("sh", ["-c", GUARD, folder, ...command], { ...user, cwd: "/", stdio: "pipe" });
  const pid = await readiness(guard);
  return {
    pid,
    urlOf: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    async stop() {
      guard.stdin.end();
      if (guard.exitCode === null) await once(guard, "close");
    },
  };
}

const START_MS = 60_000;

/** Gives the process id of the server once it takes connections. What it writes later is read too, or it would stand still. */
async function readiness(guard: ChildProcess): Promise<number> {
  let text = "";
  return new Promise((resolve, reject) => {
    const fail = (how: string) => {
      guard.stdin?.end();
      reject(new Error(`PostgreSQL ${how}. It wrote:\n${text}`));
    };
    const timer = setTimeout(() => fail("did not start in time"), START_MS);
    let isStarting = true;
    const read = (chunk: Buffer) => {
      if (!isStarting) return;
      text += chunk.toString();
      isStarting = !/ready to accept connections|FATAL/.test(text);
      if (isStarting) return;
      clearTimeout(timer);
      if (text.includes("FATAL")) fail("did not start");
      else resolve(Number(/pid (\d+)/.exec(text)?.[1]));
    };
    guard.stdout?.on("data", read);
    guard.stderr?.on("data", read);
  });
}
