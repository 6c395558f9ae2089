import type { Command } from "commander";
import { connectionOptions } from "../connection/connect.ts";
import { runCommand } from "../run-command.ts";

/** What runs on after its request: replays, redrives of many, back-fills. */
export function addJobCommands(program: Command): void {
  const jobs = program
    .command("jobs")
    .description("what runs on after its request: replays, redrives of many");
  connectionOptions(jobs.command("show <job>"))
    .description("how far it is")
    .action((id, options) => runCommand(async () => (await import("./show-job.ts")).showJob(id, options)));
  connectionOptions(jobs.command("wait <job>"))
    .description("until it has ended, with a bar; fails if it did not get done")
    .action((id, options) => runCommand(async () => (await import("./show-job.ts")).waitForJob(id, options)));
  connectionOptions(jobs.command("cancel <job>"))
    .description("stop it; what is done stays")
    .action((id, options) => runCommand(async () => (await import("./show-job.ts")).cancelJob(id, options)));
}
