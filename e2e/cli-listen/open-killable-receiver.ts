import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually } from "../harness/eventually.ts";

/** A receiver that is killed and started again, always on the same port. */
export interface KillableReceiver extends AsyncDisposable {
  start(): Promise<void>;
  kill(): Promise<void>;
  /** What each run wrote: `got ID` and `answered ID`, in their order. */
  readonly runs: readonly (readonly string[])[];
  /** Events that came, each once. */
  ids(): ReadonlySet<string>;
}

const SCRIPT = fileURLToPath(new URL("./receive.ts", import.meta.url));

export function openKillableReceiver(port: number, secret: string): KillableReceiver {
  const runs: string[][] = [];
  let child: ChildProcess | null = null;
  const kill = async () => {
    if (child === null) return;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    child = null;
    await closed;
  };
  return {
    runs,
    kill,
    async start() {
      const lines: string[] = [];
      runs.push(lines);
      let rest = "";
      child = spawn(process.execPath, [SCRIPT, String(port), secret], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        const parts = (rest + text).split("\n");
        rest = parts.pop() ?? "";
        lines.push(...parts);
      });
      await eventually(
        () => lines,
        (written) => written.includes("ready"),
      );
    },
    ids: () => new Set(runs.flat().flatMap((line) => (line.startsWith("got ") ? [line.slice(4)] : []))),
    [Symbol.asyncDispose]: kill,
  };
}
