/**
 * Preloaded with `--import`, in a test alone: opens every SQLite connection with less durability than the program asks for, to show that the power
 * cut test sees the difference.
 */
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";
import workerThreads, { isMainThread, type WorkerOptions } from "node:worker_threads";

const FULL = /(PRAGMA\s+synchronous\s*=\s*)(?:FULL|EXTRA|2|3)/gi;
const { exec } = DatabaseSync.prototype;

DatabaseSync.prototype.exec = function (sql: string): void {
  const weaker = sql.replace(FULL, "$1NORMAL");
  if (weaker !== sql) process.stderr.write("weak sync is in force\n");
  exec.call(this, weaker);
};

/** The thread that writes is started without what its process was started with. */
class WeakWorker extends workerThreads.Worker {
  constructor(script: string | URL, options: WorkerOptions = {}) {
    super(script, { ...options, execArgv: [...(options.execArgv ?? []), "--import", import.meta.url] });
  }
}

if (isMainThread) {
  workerThreads.Worker = WeakWorker;
  syncBuiltinESMExports();
}
