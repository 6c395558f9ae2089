import { readFile } from "node:fs/promises";

export interface Memory {
  /** Resident set of the process now, and at its highest. */
  readonly nowMegabytes: number;
  readonly mostMegabytes: number;
}

export async function readMemory(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024;
  return { nowMegabytes: megabytes("VmRSS"), mostMegabytes: megabytes("VmHWM") };
}
