#!/usr/bin/env node
import { Command } from "commander";
import { version } from "../observe/version.ts";
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
  .command("rotate-key")
  .description("seal what comes from now on with a new data key; what is there stays readable")
  .option("--project <id>", "only this project")
  .option("--json", "one JSON object a line instead of words")
  .action((options: { readonly project?: string; readonly json?: true }) =>
    runCommand(() => rotateKeys(options)),
  );

program
  .command("alert-secret")
  .description("show the secret that notices to TRIGGERS_ALERT_URL are signed with")
  .action(() => runCommand(showAlertSecret));

await program.parseAsync();
