import type { Command } from "commander";
import { collect, seconds, whole } from "../arguments/read-argument.ts";
import { connectionOptions } from "../connection/connect.ts";
import { runCommand } from "../run-command.ts";
import type { TriggerOptions } from "./run-trigger.ts";

/** `triggers trigger`. */
export function addTrigger(program: Command): void {
  const command = program
    .command("trigger [type]")
    .description("send a sample event, such as order.created, to see what becomes of it")
    .option("--list", "show the samples there are")
    .option("--set <name=value>", "change a field of the payload: amount=5, customer.name=Ann", collect)
    .option("--count <number>", "so many, each with values of its own", whole(1, 1_000_000))
    .option(
      "--every <duration>",
      "one each 1s, 500ms, …; without --count until Ctrl-C",
      seconds(0.01, 86_400),
    );
  connectionOptions(command).action((type: string | undefined, options: TriggerOptions) =>
    runCommand(async () => (await import("./run-trigger.ts")).runTrigger(type, options)),
  );
}
