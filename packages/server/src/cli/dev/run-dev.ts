import { once } from "node:events";
import { resolve } from "node:path";
import { styleText } from "node:util";
import { Triggers } from "@triggers/client";
import { openApp } from "../../app.ts";
import { type Config, readConfig } from "../../config.ts";
import { OperatorError } from "../../domain/errors.ts";
import { version } from "../../observe/version.ts";
import { listenSecret } from "../listen/listen-secret.ts";
import { localUrlOf } from "../local-url.ts";
import { makeOutput } from "../output/output.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { webhookSteps } from "../welcome.ts";
import { ensureDevKey } from "./dev-key.ts";
import { sendTraffic } from "./send-traffic.ts";

export interface DevOptions {
  readonly data?: string;
  /** Seconds. */
  readonly every: number;
  readonly traffic: boolean;
}

/** Push may reach this machine: whoever builds against the server runs the endpoint here. */
const THIS_MACHINE = ["127.0.0.0/8", "::1/128"];

/** `triggers dev`: the server on the embedded store with sample events coming in, in one process, until it is stopped. */
export async function runDev(options: DevOptions): Promise<void> {
  process.umask(0o077);
  const output = makeOutput({});
  const app = await openApp(configFor(options));
  const stopping = new AbortController();
  const { signal } = stopping;
  try {
    const { host, port, bootstrapApiKey } = app.config;
    await app.server.listen({ host, port });
    using _ = stopOnSignals(() => stopping.abort(), output);
    const key = bootstrapApiKey ?? (await ensureDevKey(app));
    const url = localUrlOf(app);
    output.row({}, screen({ url, key, config: app.config, options }));
    if (options.traffic) {
      const triggers = new Triggers({ baseUrl: url, apiKey: key });
      await sendTraffic({ triggers, everyMs: options.every * 1_000, signal, output });
    } else if (!signal.aborted) await once(signal, "abort");
  } finally {
    await app.close();
  }
}

/** @throws OperatorError for a store that others may share: sample events have no place there. */
function configFor({ data }: DevOptions): Config {
  const config = readConfig();
  if (config.store !== "sqlite")
    throw new OperatorError(
      "`triggers dev` runs on the embedded store and sends sample events into it. Leave TRIGGERS_STORE out, or use `triggers serve`.",
    );
  return {
    ...{ ...config, tlsCert: null, tlsKey: null },
    dataDir: data === undefined ? config.dataDir : resolve(data),
    allowNetworks: [...config.allowNetworks, ...THIS_MACHINE],
  };
}

interface Screen {
  readonly url: string;
  readonly key: string;
  readonly config: Pick<Config, "dataDir" | "bootstrapApiKey">;
  readonly options: DevOptions;
}

function screen({ url, key, config, options }: Screen): string {
  const bold = (text: string) => styleText("bold", text);
  // One that the user chose is not shown.
  const isOwnKey = config.bootstrapApiKey !== null;
  const shownKey = isOwnKey ? "$TRIGGERS_BOOTSTRAP_API_KEY" : key;
  const secret = isOwnKey ? null : listenSecret(key);
  return [
    `${bold("Triggers API")} ${version} listens on ${bold(url)} (data in ${config.dataDir})`,
    "",
    `  API key  ${shownKey}`,
    `  Docs     ${url}/docs`,
    "",
    "Get the events as webhooks, each line in a terminal of its own:",
    "",
    ...webhookSteps({ url, key: shownKey, secret }),
    "",
    "Take them from the inbox instead:",
    "",
    `  curl ${url}/v1/inbox -H "Authorization: Bearer ${shownKey}"`,
    "",
    options.traffic
      ? `A sample event comes every ${options.every} s (--every, --no-traffic). Ctrl-C ends it all.`
      : "No events come by themselves (--no-traffic). Ctrl-C ends it.",
    "",
  ].join("\n");
}
