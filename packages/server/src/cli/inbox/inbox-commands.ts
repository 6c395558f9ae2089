import type { Command } from "commander";
import { filterOptions } from "../arguments/event-filters.ts";
import { seconds, whole, wholeSeconds } from "../arguments/read-argument.ts";
import { connectionOptions } from "../connection/connect.ts";
import { runCommand } from "../run-command.ts";
import type { Verb } from "./settle-deliveries.ts";

/** Consume events by pull. */
export function addInboxCommands(program: Command): void {
  const inbox = program.command("inbox").description("consume events: take, work, acknowledge");
  addDrain(inbox);
  addList(inbox);
  addLease(inbox);
  addSettles(inbox);
}

/** An inbox by id or name. */
function withInbox(command: Command): Command {
  return command.option("--inbox <inbox>", "id or name", "main");
}

function addDrain(inbox: Command): void {
  const drain = withInbox(inbox.command("drain"))
    .description("take all that waits: write each event as a line of JSON, or run a command for it")
    .option(
      "--exec <command>",
      "run for each event, its payload on standard input, the rest in TRIGGERS_EVENT_ID, _TYPE and so on; exit code 0 acknowledges, any other releases. Without it an event is acknowledged once its line is written",
    )
    .option("--concurrency <n>", "events at work at once", whole(1, 1_000))
    .option("--lease <duration>", "held so long, extended while at work", wholeSeconds(1, 43_200), 60)
    .option("--patience <duration>", "how long a server that is away is waited for", seconds(0, 86_400), 120);
  connectionOptions(drain).action((options) =>
    runCommand(async () => (await import("./drain-inbox.ts")).drainInbox(options)),
  );
}

function addList(inbox: Command): void {
  const list = filterOptions(withInbox(inbox.command("list")))
    .description("what waits, without taking it")
    .option("--limit <n>", "deliveries, at most", whole(1, 10_000_000), 50);
  connectionOptions(list).action((options) =>
    runCommand(async () => (await import("./list-inbox.ts")).listInbox(options)),
  );
}

function addLease(inbox: Command): void {
  const lease = withInbox(inbox.command("lease"))
    .description("take some; each is yours alone until its lease ends")
    .option("--limit <n>", "deliveries, at most", whole(1, 1_000), 1)
    .option("--lease <duration>", "held so long", wholeSeconds(1, 43_200), 60)
    .option("--wait <duration>", "waits so long for one", wholeSeconds(0, 60), 0);
  connectionOptions(lease).action((options) =>
    runCommand(async () => (await import("./lease-deliveries.ts")).leaseDeliveries(options)),
  );
}

function addSettles(inbox: Command): void {
  const named = (verb: Verb, description: string): Command => {
    const command = inbox
      .command(`${verb} [delivery] [token]`)
      .description(
        `${description}; without arguments those that \`inbox lease --json\` wrote, from standard input`,
      );
    return connectionOptions(command).action((delivery, token, options) =>
      runCommand(async () =>
        (await import("./settle-deliveries.ts")).settleDeliveries(verb, [delivery, token], options),
      ),
    );
  };
  const reason = ["--reason <words>", "for people"] as const;
  named("ack", "say that they are done");
  named("release", "give them back, to come again")
    .option("--delay <duration>", "not before", wholeSeconds(0, 43_200))
    .option(...reason);
  named("bury", "give up on them: they become dead letters").option(...reason);
  named("extend", "hold them longer").option("--for <duration>", "from now", wholeSeconds(1, 43_200), 60);
}
