import { type Command, Option } from "commander";
import { periodOptions } from "../arguments/event-filters.ts";
import { whole } from "../arguments/read-argument.ts";
import { connectionOptions } from "../connection/connect.ts";
import { runCommand } from "../run-command.ts";

/** What became of events in their subscriptions. */
export function addDeliveryCommands(program: Command): void {
  const deliveries = program
    .command("deliveries")
    .description("what became of events in their subscriptions");
  addList(deliveries);
  connectionOptions(deliveries.command("show <delivery>"))
    .description("one delivery with its attempts")
    .action((id, options) =>
      runCommand(async () => (await import("./show-delivery.ts")).showDelivery(id, options)),
    );
  addRedrive(deliveries);
  addCancel(deliveries);
}

function addList(deliveries: Command): void {
  const states = ["pending", "leased", "acknowledged", "dead", "cancelled"];
  const list = periodOptions(deliveries.command("list"))
    .option("--subscription <subscription>", "id or name")
    .option("--event <event>", "id")
    .addOption(new Option("--state <state>").choices(states))
    .option("--limit <n>", "deliveries, at most", whole(1, 10_000_000), 50);
  connectionOptions(list).action((options) =>
    runCommand(async () => (await import("./list-deliveries.ts")).listDeliveries(options)),
  );
}

function manyOptions(command: Command): Command {
  return periodOptions(command)
    .option("--subscription <subscription>", "id or name")
    .option("--dry-run", "only count")
    .option("--yes", "do not ask");
}

function addRedrive(deliveries: Command): void {
  const redrive = manyOptions(deliveries.command("redrive [delivery]"))
    .description("try a dead letter again, or many")
    .option("--all", "every dead letter")
    .option("--reason <reason>", "those that died of it, such as attempts_exhausted")
    .option("--no-wait", "do not wait for the job");
  connectionOptions(redrive).action((id, options) =>
    runCommand(async () => (await import("./redrive-deliveries.ts")).redriveDeliveries(id, options)),
  );
}

function addCancel(deliveries: Command): void {
  const cancel = manyOptions(deliveries.command("cancel [delivery]"))
    .description("give up a delivery that waits or is dead, or many")
    .addOption(new Option("--state <state>", "which").choices(["pending", "dead"]))
    .option("--event <event>", "id")
    .option("--reason <words>", "for people");
  connectionOptions(cancel).action((id, options) =>
    runCommand(async () => (await import("./cancel-deliveries.ts")).cancelDeliveries(id, options)),
  );
}
