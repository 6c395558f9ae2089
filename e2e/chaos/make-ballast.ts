import { execFile } from "node:child_process";
import { open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const BLOCK = Buffer.alloc(1024 * 1024);

/** Something else that lies on a disk. */
export interface Ballast {
  /** Takes all the room that is left, up to the last block. */
  fill(): Promise<void>;
  /** Makes room again. */
  drop(): Promise<void>;
}

export function makeBallast(disk: string): Ballast {
  const path = join(disk, "ballast");
  let parts = 0;
  return {
    async fill() {
      const free = await freeBytes(disk);
      // Most of it at once; if somebody else was faster, the rest is taken anyway.
      if (free > BLOCK.length)
        await run("fallocate", ["-l", String(free), `${path}-${++parts}`]).catch(() => undefined);
      const file = await open(path, "a");
      try {
        for (let size = BLOCK.length; size >= 4_096; size /= 2)
          while (await takes(file.write(BLOCK, 0, size).then(() => file.datasync())));
      } finally {
        await file.close();
      }
    },
    async drop() {
      await rm(path, { force: true });
      for (; parts > 0; parts -= 1) await rm(`${path}-${parts}`, { force: true });
    },
  };
}

async function freeBytes(disk: string): Promise<number> {
  const { bavail, bsize } = await statfs(disk);
  return bavail * bsize;
}

async function takes(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOSPC") return false;
    throw error;
  }
}
