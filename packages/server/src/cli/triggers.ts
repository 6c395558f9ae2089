#!/usr/bin/env node
import { Command } from "commander";
import { version } from "../observe/version.ts";
import { addBench } from "./bench/bench.ts";
import { useCompileCache } from "./compile-cache.ts";
import { addDeliveryCommands } from "./deliveries/delivery-commands.ts";
import { addDev } from "./dev/dev.ts";
import { addEventCommands } from "./events/event-commands.ts";
import { addInboxCommands } from "./inbox/inbox-commands.ts";
import { addJobCommands } from "./jobs/job-commands.ts";
import { addKeyCommands } from "./keys/key-commands.ts";
import { addListen } from "./listen/listen.ts";
import { addProfileCommands } from "./profiles/profile-commands.ts";
import { addTrigger } from "./samples/trigger.ts";
import { addStoreCommands } from "./store-commands.ts";
import { addSubscriptionCommands } from "./subscriptions/subscription-commands.ts";

/** Wrong usage, as shells and their builtins have it; what is refused ends with 1. */
const WRONG_USAGE = 2;

// What a command needs is loaded when it is run: `triggers send` does not load the server.
useCompileCache();
const program = new Command("triggers")
  .description("Triggers API: events in, stored durably, out by inbox and webhook.")
  .version(version)
  .showHelpAfterError("--help shows what there is.")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : WRONG_USAGE));

program
  .command("serve", { isDefault: true })
  .description("run the server (settings: docs/configuration.md)")
  // What is no command comes here, too.
  .allowExcessArguments()
  .action(async (_, { args: [word] }: Command) => {
    if (word !== undefined) program.error(`error: unknown command '${word}'; \`triggers help\` lists them`);
    const { serve } = await import("./serve.ts");
    await serve();
  });
addEventCommands(program);
addInboxCommands(program);
addSubscriptionCommands(program);
addDeliveryCommands(program);
addJobCommands(program);
addKeyCommands(program);
addProfileCommands(program);
addStoreCommands(program);
addListen(program);
addTrigger(program);
addDev(program);
addBench(program);

await program.parseAsync();
