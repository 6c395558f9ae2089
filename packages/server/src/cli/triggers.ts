#!/usr/bin/env node
import { Command } from "commander";
import { version } from "../observe/version.ts";
import { backUpStore } from "./backup-store.ts";
import { checkStore } from "./check-store.ts";
import { copyStores } from "./copy-stores.ts";
import { migrate } from "./migrate.ts";
import { rotateKeys } from "./rotate-keys.ts";
import { runCommand } from "./run-command.ts";
import { serve } from "./serve.ts";
import { showAlertSecret } from "./show-alert-secret.ts";

const program = new Command("triggers")
  .description("Triggers API: events in, stored durably, out by inbox.")
  .version(version);

program
  .command("serve", { isDefault: true })
  .description("run the server (settings: docs/configuration.md)")
  .action(serve);

const store = program.command("store").description("look after the store");
store
  .command("migrate")
  .description(
    "make the tables, the bucket and the queue that a store on AWS needs; others do it at their start",
  )
  .option("--json", "one JSON object instead of words")
  .action((options: { readonly json?: true }) => runCommand(() => migrate(options)));
store
  .command("rotate-key")
  .description("seal what comes from now on with a new data key; what is there stays readable")
  .option("--project <id>", "only this project")
  .option("--json", "one JSON object a line instead of words")
  .action((options: { readonly project?: string; readonly json?: true }) =>
    runCommand(() => rotateKeys(options)),
  );

store
  .command("backup <file>")
  .description("copy the embedded store into a new file, also while the server runs")
  .option("--json", "one JSON object instead of words")
  .action((file: string, options: { readonly json?: true }) => runCommand(() => backUpStore(file, options)));
store
  .command("check")
  .description("look for damage; the server of an embedded store must be stopped")
  .option(
    "--store <store>",
    "sqlite:FOLDER or an address as in TRIGGERS_STORE; without it the store of the settings",
  )
  .option("--json", "one JSON object instead of words")
  .action((options: { readonly store?: string; readonly json?: true }) =>
    runCommand(() => checkStore(options)),
  );
store
  .command("copy")
  .description("copy one store into an empty one, or go on with it; both servers must be stopped")
  .requiredOption("--from <store>", "sqlite:FOLDER or an address as in TRIGGERS_STORE")
  .option(
    "--to <store>",
    "likewise; without it the store of the settings, so that a password need not stand here",
  )
  .option("--json", "one JSON object a line instead of a progress bar")
  .action((options: { readonly from: string; readonly to?: string; readonly json?: true }) =>
    runCommand(() => copyStores(options)),
  );

program
  .command("alert-secret")
  .description("show the secret that notices to TRIGGERS_ALERT_URL are signed with")
  .action(() => runCommand(showAlertSecret));

await program.parseAsync();
