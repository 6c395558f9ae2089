import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { openTempFolder } from "../harness/temp-folder.ts";

const run = promisify(execFile);

const MEGABYTES = 512;
/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: what is not on the device by now never gets there (fs/ext4/ioctl.c). perl is in every Debian. */
const SHUTDOWN =
  'sysopen(F, $ARGV[0], 0) or die "$!\\n"; my $flag = pack("L", 2); ioctl(F, 0x8004587d, $flag) or die "$!\\n"';

/** A file system of its own whose power can be cut. */
export interface LoopDisk extends AsyncDisposable {
  readonly path: string;
  /** From now on nothing is written, whatever was asked for; every access fails. */
  cut(): Promise<void>;
  /** As after the power came back: the journal is replayed. Nobody may hold a file open. */
  remount(): Promise<void>;
}

/** Makes an ext4 file system in a file and mounts it. Rejects with what is missing where that cannot be done. */
export async function openLoopDisk(): Promise<LoopDisk> {
  const folder = await openTempFolder();
  const image = join(folder.path, "disk.img");
  const path = join(folder.path, "disk");
  // The kernel's own writing every 5 s would save what the program did not ask to be saved.
  const mount = () => command("mount", "-o", "loop,commit=300", image, path);
  try {
    await mkdir(path);
    await command("truncate", "-s", `${MEGABYTES}M`, image);
    await command("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image);
    await mount();
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
  return {
    path,
    cut: () => command("perl", "-e", SHUTDOWN, path),
    async remount() {
      await command("umount", path);
      await mount();
    },
    async [Symbol.asyncDispose]() {
      await command("umount", path);
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function command(name: string, ...args: readonly string[]): Promise<void> {
  try {
    await run(name, args);
  } catch (error) {
    throw new Error(
      `The power cut test needs root, loop devices, mount (util-linux), mkfs.ext4 (e2fsprogs) and perl; \`${name}\` failed.`,
      { cause: error },
    );
  }
}
