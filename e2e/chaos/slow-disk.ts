import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { eventually } from "../harness/eventually.ts";

/** What a program says to have its writes on the disk. */
const CALLS = "fsync,fdatasync";
const STRACE = "strace";
const ATTACH_MS = 20_000;
const MOST_SHOWN = 2_000;

/** A disk that is slow for some processes, until it is disposed of. */
export interface SlowDisk extends AsyncDisposable {
  /** How many calls were held up so far. */
  held(): number;
}

/** From now on each `fsync` of these processes, and of those that they start, takes so much longer. Rejects with what is missing where that cannot be done. */
export async function slowDisk(pids: readonly number[], ms: number): Promise<SlowDisk> {
  const strace = spawn(
    STRACE,
    [
      ...["--follow-forks", "--trace", CALLS, "--inject", `${CALLS}:delay_enter=${ms * 1_000}`],
      ...pids.flatMap((pid) => ["--attach", String(pid)]),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let text = "";
  let calls = 0;
  strace.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    calls += chunk.toString().match(/sync\(/g)?.length ?? 0;
  });
  // Where there is no such program, `once` rejects with that.
  const ended = once(strace, "exit").then(() => "It ended.", String);
  const stop = async () => {
    strace.kill("SIGINT");
    await ended;
  };
  const isAttached = (pid: number) => text.includes(`Process ${pid} attached`) || !existsSync(`/proc/${pid}`);
  try {
    const attaching = eventually(
      () => pids.filter((pid) => !isAttached(pid)),
      (left) => left.length === 0,
      ATTACH_MS,
    ).then(() => null);
    const fault = await Promise.race([attaching, ended]);
    if (fault !== null) throw new Error(fault);
  } catch (error) {
    await stop();
    const wrote = text.slice(0, MOST_SHOWN);
    throw new Error(`The slow disk tests need root and strace (Debian: strace). It wrote: ${wrote}`, {
      cause: error,
    });
  }
  return { held: () => calls, [Symbol.asyncDispose]: stop };
}

/** The server of PostgreSQL to which one of these processes belongs, and all its processes. */
export async function processesBeside(pid: number): Promise<readonly number[]> {
  const parent = Number(/^PPid:\t(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8");
  return [parent, ...children.trim().split(" ").map(Number)];
}
