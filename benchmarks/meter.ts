import { readCpuSeconds, readMachineCpu } from "./read-cpu.ts";

export interface Metered {
  readonly serverCores: number;
  readonly machineCores: number;
}

/** Reads what processor time a server and the whole machine use from now until `stop`. */
export async function startMeter(pid: number): Promise<{ stop(): Promise<Metered> }> {
  const read = async () => [await readCpuSeconds(pid), (await readMachineCpu()).seconds] as const;
  const began = performance.now();
  const [serverBefore, machineBefore] = await read();
  return {
    async stop() {
      const seconds = (performance.now() - began) / 1_000;
      const [server, machine] = await read();
      return {
        serverCores: (server - serverBefore) / seconds,
        machineCores: (machine - machineBefore) / seconds,
      };
    },
  };
}
