import type { Command } from "commander";
import { connectionOptions } from "../connection/connect.ts";
import { runCommand } from "../run-command.ts";

const JSON_OPTION = ["--json", "JSON instead of words: one object a line"] as const;

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
    .option("--url <url>", "where the server is", "http://127.0.0.1:8080")
    .option(...JSON_OPTION)
    .action((name, options) =>
      runCommand(async () => (await import("./manage-profiles.ts")).addProfile(name, options)),
    );
  profiles
    .command("list")
    .option(...JSON_OPTION)
    .action((options) =>
      runCommand(async () => (await import("./manage-profiles.ts")).listProfiles(options)),
    );
  profiles
    .command("use <name>")
    .description("use this one where no other is named")
    .option(...JSON_OPTION)
    .action((name, options) =>
      runCommand(async () => (await import("./manage-profiles.ts")).chooseProfile(name, options)),
    );
  profiles
    .command("remove <name>")
    .option(...JSON_OPTION)
    .action((name, options) =>
      runCommand(async () => (await import("./manage-profiles.ts")).removeProfile(name, options)),
    );
}
