import { relative } from "node:path";
import { type App, openApp } from "../app.ts";
import { type Config, readConfig } from "../config.ts";
import { readAwsAddress } from "../domain/aws-address.ts";
import { version } from "../observe/version.ts";
import { localUrlOf } from "./local-url.ts";
import { reasonOf } from "./run-command.ts";
import { welcome } from "./welcome.ts";

/** A stop takes no longer: what is not answered by then is cut off; nothing that was accepted is lost. */
const STOP_MS = 9_000;

/** Runs the server until SIGTERM or SIGINT. */
export async function serve(): Promise<void> {
  process.umask(0o077);
  try {
    const config = readConfig();
    const app = await openApp(config);
    await app.server.listen({ host: config.host, port: config.port });
    process.stdout.write(
      welcome({
        url: config.publicUrl ?? localUrlOf(app),
        store: storeOf(config),
        version,
        firstKey: app.firstKey,
        config,
      }),
    );
    stopOn(["SIGTERM", "SIGINT"], app);
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exit(1);
  }
}

function stopOn(signals: readonly NodeJS.Signals[], app: App): void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(0), STOP_MS).unref();
    void app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        app.log.fatal({ err: error }, "the stop failed");
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, stop);
}

function storeOf({ store, dataDir }: Config): string {
  if (store === "memory") return store;
  const aws = readAwsAddress(store);
  if (aws !== null) return `dynamodb in ${aws.region}, ${aws.prefix}…`;
  if (store !== "sqlite") return postgresOf(new URL(store));
  const path = relative(process.cwd(), dataDir);
  return `sqlite in ${path === "" || path.startsWith("..") ? dataDir : `./${path}`}`;
}

/** Without the password, the user and the options. */
function postgresOf({ host, pathname, searchParams }: URL): string {
  return `postgres at ${host || (searchParams.get("host") ?? "localhost")}${pathname}`;
}
