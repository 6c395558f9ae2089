import { type Command, Option } from "commander";
import { future, wholeSeconds } from "../arguments/read-argument.ts";
import { connectionOptions } from "../connection/connect.ts";
import { runCommand } from "../run-command.ts";

const SCOPES = [
  ...["events:write", "events:read", "inbox:consume", "subscriptions:manage", "privacy:manage"],
  "project:admin",
];

/** API keys of the project. */
export function addKeyCommands(program: Command): void {
  const keys = program.command("keys").description("API keys of the project");
  connectionOptions(keys.command("list")).action((options) =>
    runCommand(async () => (await import("./manage-keys.ts")).listKeys(options)),
  );
  const create = keys
    .command("create <name>")
    .description("make a key; it is shown once")
    .addOption(new Option("--scope <scopes...>", "what it may").choices(SCOPES).makeOptionMandatory())
    .option("--expires <time>", "a time, or in how long: 90d", future);
  connectionOptions(create).action((name, options) =>
    runCommand(async () => (await import("./manage-keys.ts")).createKey(name, options)),
  );
  const rotate = keys
    .command("rotate <key>")
    .description("make a new key in the place of one, by its id")
    .option("--overlap <duration>", "the old one goes on for so long", wholeSeconds(0, 30 * 86_400));
  connectionOptions(rotate).action((id, options) =>
    runCommand(async () => (await import("./manage-keys.ts")).rotateKey(id, options)),
  );
  connectionOptions(keys.command("revoke <key>"))
    .description("end a key, by its id")
    .action((id, options) =>
      runCommand(async () => (await import("./manage-keys.ts")).revokeKey(id, options)),
    );
}
