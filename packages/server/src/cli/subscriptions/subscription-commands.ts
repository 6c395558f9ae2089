import { type Command, Option } from "commander";
import { collect, future, jsonObject, past, whole, wholeSeconds } from "../arguments/read-argument.ts";
import { connectionOptions } from "../connection/connect.ts";
import { runCommand } from "../run-command.ts";
import type { Act } from "./act-on-subscription.ts";

/** Standing wishes for events: inboxes and webhooks. */
export function addSubscriptionCommands(program: Command): void {
  const subscriptions = program
    .command("subscriptions")
    .description("standing wishes for events: inboxes and webhooks");
  addList(subscriptions);
  addMakers(subscriptions);
  addUpdate(subscriptions);
  addActs(subscriptions);
}

function addList(subscriptions: Command): void {
  const list = subscriptions
    .command("list")
    .option("--label <label>", "only those with it")
    .option("--limit <n>", "subscriptions, at most", whole(1, 10_000), 100);
  connectionOptions(list).action((options) =>
    runCommand(async () => (await import("./list-subscriptions.ts")).listSubscriptions(options)),
  );
}

function addMakers(subscriptions: Command): void {
  const create = beginOptions(inputOptions(subscriptions.command("create [name]")));
  connectionOptions(create.description("make an inbox, or with --to a webhook")).action((name, options) =>
    runCommand(async () => (await import("./make-subscription.ts")).createSubscription(name, options)),
  );
  const ensure = beginOptions(inputOptions(subscriptions.command("ensure <name>")));
  connectionOptions(ensure.description("make it, or change it to be so")).action((name, options) =>
    runCommand(async () => (await import("./make-subscription.ts")).ensureSubscription(name, options)),
  );
}

function addUpdate(subscriptions: Command): void {
  const update = inputOptions(subscriptions.command("update <subscription>"))
    .description("change what is given, by id or name; a new filter holds for events from now on")
    .option("--name <name>", "a new name")
    .addOption(new Option("--matches <which>", "what `main` takes").choices(["unmatched", "all", "none"]));
  connectionOptions(update).action((id, options) =>
    runCommand(async () => (await import("./make-subscription.ts")).updateSubscription(id, options)),
  );
}

function inputOptions(command: Command): Command {
  return command
    .option("--to <url>", "of the webhook")
    .option("--type <type>", "these events; `order.*`: all that begin so; may come several times", collect)
    .option("--filter <json>", "an event pattern", jsonObject)
    .addOption(new Option("--format <format>", "of the webhook").choices(["event", "payload", "cloudevents"]))
    .option("--header <line>", "`Name: value`, sent with each webhook; may come several times", collect)
    .option("--timeout <duration>", "of a webhook", wholeSeconds(1, 60))
    .option("--rate <n>", "webhooks a second, at most", whole(1, 10_000))
    .option("--in-flight <n>", "webhooks at once, at most", whole(1, 1_000))
    .option("--max-attempts <n>", "then it is a dead letter", whole(1, 1_000))
    .option("--label <label>", "may come several times", collect)
    .option("--expires <time>", "a time, or in how long: 3d", future)
    .option("--input <file>", "a JSON object with whatever the API takes (`-`: standard input)");
}

function beginOptions(command: Command): Command {
  const startFrom = (text: string) => (text === "now" || text === "earliest" ? text : past(text));
  return command
    .option("--ordered", "events of one ordering key one at a time, in their order")
    .addOption(
      new Option("--on-dead <what>", "a dead letter holds up its ordering key, or not").choices([
        "park",
        "skip",
      ]),
    )
    .option("--start-from <time>", "now, earliest, a time, or how long ago", startFrom);
}

function addActs(subscriptions: Command): void {
  const act = (name: Act, description: string): Command =>
    connectionOptions(
      subscriptions.command(`${name} <subscription>`).description(`${description}, by id or name`),
    ).action((id, options) =>
      runCommand(async () => (await import("./act-on-subscription.ts")).actOnSubscription(name, id, options)),
    );
  act("show", "one subscription, whole");
  act("stats", "what waits, is held and is dead");
  act("pause", "go on collecting, hand nothing out");
  act("resume", "hand out again");
  act("test", "send a sample to the webhook now");
  act("secret", "show what its webhooks are signed with");
  act("rotate-secret", "sign with a new secret").option(
    "--overlap <duration>",
    "the old one goes on beside it for so long",
    wholeSeconds(0, 30 * 86_400),
  );
  act("delete", "give up its deliveries; events stay").option("--yes", "do not ask");
}
