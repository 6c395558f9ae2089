import { readMemory } from "../e2e/harness/read-memory.ts";
import { atMost, type Figure, figure } from "./figure.ts";

export const IDLE_MEGABYTES = 150;
const BUSY_MEGABYTES = 512;

/** The highest resident set of a server since its start. */
export async function memoryFigure(pid: number, label = "highest RSS of the server"): Promise<Figure> {
  const { mostMegabytes } = await readMemory(pid);
  return figure(label, mostMegabytes, { unit: "MB", goal: atMost(BUSY_MEGABYTES) });
}
