import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** By path: mode and hash of every file below a folder, and the folder's own mode as `.`. */
export async function readFolderState(folder: string): Promise<Readonly<Record<string, string>>> {
  const state: Record<string, string> = { ".": await modeOf(folder) };
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    const isFile = (await stat(path)).isFile();
    const hash = isFile
      ? createHash("sha256")
          .update(await readFile(path))
          .digest("hex")
      : "folder";
    state[name] = `${await modeOf(path)} ${hash}`;
  }
  return state;
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}
