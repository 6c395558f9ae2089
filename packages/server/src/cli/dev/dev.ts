import type { Command } from "commander";
import { seconds } from "../arguments/read-argument.ts";
import { runCommand } from "../run-command.ts";
import type { DevOptions } from "./run-dev.ts";

/** `triggers dev`. */
export function addDev(program: Command): void {
  program
    .command("dev")
    .description("run the server on this machine with sample events coming in, to build against")
    .option("--data <folder>", "where its data is; without it the folder of the settings, ./data")
    .option("--every <duration>", "how often a sample event comes: 500ms, 3s, 1m", seconds(0.01, 86_400), 3)
    .option("--no-traffic", "without sample events")
    .action((options: DevOptions) => runCommand(async () => (await import("./run-dev.ts")).runDev(options)));
}
