import { type Command, Option } from "commander";
import { jsonObject, seconds } from "../arguments/read-argument.ts";
import { connectionOptions } from "../connection/connect.ts";
import { runCommand } from "../run-command.ts";
import type { ListenOptions } from "./read-wish.ts";

/** `triggers listen`. */
export function addListen(program: Command): void {
  const command = program
    .command("listen")
    .description("bring events to a program on this machine, as webhooks, without a tunnel")
    .option("--forward <url>", "where the events go, such as http://127.0.0.1:9000/hook")
    .option("--type <pattern...>", "only events of these types: order.created, order.*, *.created")
    .option("--filter <json>", "only events that fit this EventBridge pattern", jsonObject)
    .option("--name <name>", "name of the inbox; without it one made from the URL")
    .addOption(
      new Option("--since <when>", "the first events of a new inbox: those from now on, or all that are kept")
        .choices(["now", "earliest"])
        .default(undefined, "now"),
    )
    .option("--timeout <duration>", "how long an answer may take; a webhook has 15 s", seconds(1, 3_600), 15)
    .option("--no-keep", "remove the inbox at the end; otherwise it goes on collecting")
    .option("--print-secret", "show the secret of the signatures, and do nothing else");
  connectionOptions(command).action((options: ListenOptions) =>
    runCommand(async () => (await import("./run-listen.ts")).runListen(options)),
  );
}
