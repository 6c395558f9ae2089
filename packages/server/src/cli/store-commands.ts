import type { Command } from "commander";
import { runCommand } from "./run-command.ts";

/** The commands that open the store themselves, without a server. */
export function addStoreCommands(program: Command): void {
  const store = program.command("store").description("look after the store");
  store
    .command("migrate")
    .description(
      "make the tables, the bucket and the queue that a store on AWS needs; others do it at their start",
    )
    .option("--json", "one JSON object instead of words")
    .action((options) => runCommand(async () => (await import("./migrate.ts")).migrate(options)));
  store
    .command("rotate-key")
    .description("seal what comes from now on with a new data key; what is there stays readable")
    .option("--project <id>", "only this project")
    .option("--json", "one JSON object a line instead of words")
    .action((options) => runCommand(async () => (await import("./rotate-keys.ts")).rotateKeys(options)));
  store
    .command("backup <file>")
    .description("copy the embedded store into a new file, also while the server runs")
    .option("--json", "one JSON object instead of words")
    .action((file, options) =>
      runCommand(async () => (await import("./backup-store.ts")).backUpStore(file, options)),
    );
  store
    .command("check")
    .description("look for damage; the server of an embedded store must be stopped")
    .option(
      "--store <store>",
      "sqlite:FOLDER or an address as in TRIGGERS_STORE; without it the store of the settings",
    )
    .option("--json", "one JSON object instead of words")
    .action((options) => runCommand(async () => (await import("./check-store.ts")).checkStore(options)));
  store
    .command("copy")
    .description("copy one store into an empty one, or go on with it; both servers must be stopped")
    .requiredOption("--from <store>", "sqlite:FOLDER or an address as in TRIGGERS_STORE")
    .option(
      "--to <store>",
      "likewise; without it the store of the settings, so that a password need not stand here",
    )
    .option("--json", "one JSON object a line instead of a progress bar")
    .action((options) => runCommand(async () => (await import("./copy-stores.ts")).copyStores(options)));

  program
    .command("alert-secret")
    .description("show the secret that notices to TRIGGERS_ALERT_URL are signed with")
    .action(() => runCommand(async () => (await import("./show-alert-secret.ts")).showAlertSecret()));
}
