import { readFile } from "node:fs/promises";

/** Of the kernel's process times: `getconf CLK_TCK`, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 100;

/** Processor seconds that a process has used since its start, over all its threads. */
export async function readCpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The second field, the command, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Processor seconds of the whole machine since its start: what anybody used, and what its host gave to others meanwhile. */
export async function readMachineCpu(): Promise<{ readonly seconds: number; readonly stolen: number }> {
  const [line = ""] = (await readFile("/proc/stat", "utf8")).split("\n", 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/ +/)
    .slice(1)
    .map(Number);
  const ticks = user + nice + system + irq + softirq + steal;
  return { seconds: ticks / TICKS_PER_SECOND, stolen: steal / TICKS_PER_SECOND };
}

/** Looks at a process until it is gone. `seconds` is what was seen last. */
export function watchCpu(pid: number): { seconds(): number; stop(): void } {
  let seconds = 0;
  const look = () => {
    readCpuSeconds(pid).then(
      (now) => {
        seconds = now;
      },
      () => clearInterval(timer),
    );
  };
  const timer = setInterval(look, SAMPLE_MS);
  return { seconds: () => seconds, stop: () => clearInterval(timer) };
}
