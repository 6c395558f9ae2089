import { execFileSync } from "node:child_process";
import { mkdir, open, rm, statfs } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { type Latency, summarize } from "./summary.ts";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly kernel: string;
  readonly filesystem: string;
  /** Of 4 KiB appended to a file and then `fdatasync`, on the disk that the servers write to. */
  readonly syncMs: Latency;
}

const PAGE_BYTES = 4_096;
const SYNCS = 300;

/** Magic numbers of statfs(2). */
const FILESYSTEMS = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x01021994, "tmpfs: nothing reaches a disk"],
  [0x794c7630, "overlayfs"],
]);

/** `folder` is made if it is not there. */
export async function readMachine(folder: string): Promise<Machine> {
  await mkdir(folder, { recursive: true });
  const { type } = await statfs(folder);
  return {
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGigabytes: totalmem() / 1024 ** 3,
    kernel: `Linux ${release()}`,
    filesystem: FILESYSTEMS.get(type) ?? `0x${type.toString(16)}`,
    syncMs: await measureSync(join(folder, `sync-${process.pid}`)),
  };
}

async function measureSync(path: string): Promise<Latency> {
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const file = await open(path, "w");
  const tookMs: number[] = [];
  try {
    while (tookMs.length < SYNCS) {
      const began = performance.now();
      await file.write(page);
      await file.datasync();
      tookMs.push(performance.now() - began);
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
  return summarize(tookMs);
}

/** The commit that is checked out, with a mark if there is more in the folder. */
export function readCommit(repository: string): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: repository, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    const isChanged = git("status", "--porcelain").trim() !== "";
    return `${git("rev-parse", "--short=12", "HEAD").trim()}${isChanged ? " with uncommitted changes" : ""}`;
  } catch {
    return "unknown";
  }
}
