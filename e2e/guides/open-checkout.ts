import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "../harness/start-program.ts";
import { openTempFolder } from "../harness/temp-folder.ts";

/** What a reader has: a checkout to stand in, and a home. Both without anything that an earlier run left. */
export interface Checkout extends AsyncDisposable {
  readonly path: string;
  readonly home: string;
}

const OWN = new Set(["data", ".git", "coverage"]);

/** A checkout that shares its files with this one, but for what a server keeps there. */
export async function openCheckout(): Promise<Checkout> {
  const folder = await openTempFolder();
  const [path, home] = [join(folder.path, "checkout"), join(folder.path, "home")];
  await mkdir(path);
  await mkdir(home);
  const names = (await readdir(REPOSITORY)).filter((name) => !OWN.has(name));
  await Promise.all(names.map((name) => symlink(join(REPOSITORY, name), join(path, name))));
  // On a terminal curl shows no progress of its own accord.
  await writeFile(join(home, ".curlrc"), "silent\nshow-error\n");
  return { path, home, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
