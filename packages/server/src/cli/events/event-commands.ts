import { type Command, Option } from "commander";
import { filterOptions, periodOptions } from "../arguments/event-filters.ts";
import {
  collect,
  future,
  idempotencyKey,
  jsonObject,
  place,
  seconds,
  whole,
} from "../arguments/read-argument.ts";
import { connectionOptions } from "../connection/connect.ts";
import { runCommand } from "../run-command.ts";

/** Send events and look at them. */
export function addEventCommands(program: Command): void {
  addSend(program);
  addTail(program);
  const events = program.command("events").description("look at stored events");
  addList(events);
  addShow(events);
  addExplain(program);
  addReplay(program);
}

/** Options that say what a single event is; each line of a batch says so itself. */
const OF_ONE = [
  ...["payload", "type", "source", "subject", "tag", "priority", "orderingKey"],
  ...["metadata", "deliverAt", "occurredAt"],
];

function addSend(program: Command): void {
  const send = program
    .command("send [file]")
    .description("send one event, or with --batch one a line; a file, or standard input")
    .option("--payload <json>", "the payload itself")
    .option("--type <type>", "such as order.created")
    .option("--source <source>")
    .option("--subject <subject>")
    .option("--tag <tag>", "may come several times", collect)
    .addOption(new Option("--priority <priority>").choices(["low", "normal", "high"]))
    .option("--ordering-key <key>", "events with the same key keep their order")
    .option(
      "--idempotency-key <key>",
      "the same key is never stored twice, for the 7 days (or what the server is set to) that keys are remembered",
      idempotencyKey,
    )
    .option("--metadata <json>", "a JSON object", jsonObject)
    .option("--deliver-at <time>", "a time, or in how long: 15m", future)
    .option("--occurred-at <time>")
    .addOption(
      new Option(
        "--batch",
        "one event a line, each an object with `payload` and what else it has. Line n gets the idempotency key KEY/n. KEY is made of the file's place, size, time of change and first bytes, so that the same command after a crash stores nothing twice; --idempotency-key gives another",
      ).conflicts(OF_ONE),
    )
    .option(
      "--patience <duration>",
      "with --batch: how long a server that is away is waited for",
      seconds(0, 86_400),
      120,
    );
  connectionOptions(send).action((file, options) =>
    runCommand(async () =>
      options.batch === true
        ? (await import("./send-batch.ts")).sendBatch(file, options)
        : (await import("./send-event.ts")).sendEvent(file, options),
    ),
  );
}

function addTail(program: Command): void {
  const tail = filterOptions(program.command("tail"))
    .description("follow events as they are accepted, over restarts of the server")
    .option(
      "--since <place>",
      "a place that an earlier tail told, a time, or how long ago: 15m; without it from now on",
      place,
    );
  connectionOptions(tail).action((options) =>
    runCommand(async () => (await import("./tail-events.ts")).tailEvents(options)),
  );
}

const STATUSES = ["pending", "delivered", "acknowledged", "dead", "unmatched"];

function addList(events: Command): void {
  const list = periodOptions(filterOptions(events.command("list")))
    .description("newest first")
    .addOption(new Option("--status <status>", "what became of it").choices(STATUSES))
    .option("--oldest", "oldest first")
    .option("--limit <n>", "events, at most", whole(1, 10_000_000), 50);
  connectionOptions(list).action((options) =>
    runCommand(async () => (await import("./list-events.ts")).listEvents(options)),
  );
}

function addShow(events: Command): void {
  const show = events
    .command("show <event>")
    .description("one event, whole")
    .option("--payload", "its payload alone, byte for byte");
  connectionOptions(show).action((id, options) =>
    runCommand(async () => (await import("./show-event.ts")).showEvent(id, options)),
  );
}

function addExplain(program: Command): void {
  const explain = program
    .command("explain <event> [subscription]")
    .description("why a subscription (id or name; without it each) would get an event, or not");
  connectionOptions(explain).action((id, subscription, options) =>
    runCommand(async () => (await import("./explain-event.ts")).explainEvent(id, subscription, options)),
  );
}

function addReplay(program: Command): void {
  const replay = periodOptions(program.command("replay [event]"))
    .description("make new deliveries of an old event, or of many")
    .option("--type <type>", "this type; `order.*`: all that begin so")
    .option("--filter <json>", "an event pattern", jsonObject)
    .option("--subscription <subscription>", "only to this one, by id or name")
    .option("--rate <n>", "deliveries a second, at most", whole(1, 1_000_000))
    .option("--dry-run", "only count")
    .option("--yes", "do not ask")
    .option("--no-wait", "do not wait for the job");
  connectionOptions(replay).action((id, options) =>
    runCommand(async () => (await import("./replay-events.ts")).replayEvents(id, options)),
  );
}
