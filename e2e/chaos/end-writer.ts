/** Preloaded with `--import`, in a test alone: SIGUSR2 ends the thread that writes, as a fault in it would. */
import type { Worker } from "node:worker_threads";

let writer: Worker | null = null;

process.on("worker", (worker) => {
  writer = worker;
});
process.on("SIGUSR2", () => void writer?.terminate());
