import { type Command, Option } from "commander";
import type { Connection, ConnectionOptions, Patience } from "./connection.ts";

export type { ConnectionOptions, Patience } from "./connection.ts";

export function connectionOptions(command: Command): Command {
  return command
    .addOption(new Option("--url <url>", "where the server is").helpGroup("Connection:"))
    .addOption(new Option("--profile <name>", "see `triggers profiles`").helpGroup("Connection:"))
    .addOption(
      new Option(
        "--api-key <key>",
        "others on this machine see it in the list of processes: better set TRIGGERS_API_KEY",
      ).helpGroup("Connection:"),
    )
    .addOption(jsonOption().helpGroup("Connection:"));
}

export function jsonOption(): Option {
  return new Option("--json", "JSON instead of words: one object a line");
}

/**
 * Finds URL and key: on the command line, `--profile` included, then in the environment, then in the profile that is in use. The key of a profile goes to the URL of
 * that profile alone. Without a key it asks on a terminal. Nothing is sent yet.
 */
export async function connect(options: ConnectionOptions, patience?: Patience): Promise<Connection> {
  // All commands declare their options by this file: `triggers --version` loads no client.
  const { openConnection } = await import("./open-connection.ts");
  return await openConnection(options, patience);
}
