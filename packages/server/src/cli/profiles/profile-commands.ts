import type { Command } from "commander";
import { connectionOptions, jsonOption } from "../connection/connect.ts";
import { DEFAULT_URL } from "../connection/connection.ts";
import { runCommand } from "../run-command.ts";

/** Which server, and as whom. */
export function addProfileCommands(program: Command): void {
  connectionOptions(program.command("me"))
    .description("who the key is, and what it may")
    .action((options) => runCommand(async () => (await import("./show-me.ts")).showMe(options)));
  const profiles = program
    .command("profiles")
    .description("servers and keys under names, in a file of your own");
  profiles
    .command("add <name>")
    .description("keep a server and a key; the key is asked for, or read from standard input")
    .option("--url <url>", "where the server is", DEFAULT_URL)
    .addOption(jsonOption())
    .action((name, options) =>
      runCommand(async () => (await import("./manage-profiles.ts")).addProfile(name, options)),
    );
  profiles
    .command("list")
    .addOption(jsonOption())
    .action((options) =>
      runCommand(async () => (await import("./manage-profiles.ts")).listProfiles(options)),
    );
  profiles
    .command("use <name>")
    .description("use this one where no other is named")
    .addOption(jsonOption())
    .action((name, options) =>
      runCommand(async () => (await import("./manage-profiles.ts")).chooseProfile(name, options)),
    );
  profiles
    .command("remove <name>")
    .addOption(jsonOption())
    .action((name, options) =>
      runCommand(async () => (await import("./manage-profiles.ts")).removeProfile(name, options)),
    );
}
