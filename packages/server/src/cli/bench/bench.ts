import type { Command } from "commander";
import { seconds, whole } from "../arguments/read-argument.ts";
import { connectionOptions } from "../connection/connect.ts";
import { runCommand } from "../run-command.ts";
import type { BenchOptions } from "./run-bench.ts";

/** `triggers bench`. */
export function addBench(program: Command): void {
  const command = program
    .command("bench")
    .description(
      "measure a server as this machine sees it: events sent one by one and in batches, leased and acknowledged",
    )
    .option("--seconds <duration>", "how long each is measured", seconds(0.1, 600), 5)
    .option("--concurrency <number>", "calls at once", whole(1, 256), 32);
  connectionOptions(command).action((options: BenchOptions) =>
    runCommand(async () => (await import("./run-bench.ts")).runBench(options)),
  );
}
