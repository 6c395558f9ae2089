import { styleText } from "node:util";
import type { Config } from "../config.ts";
import { DEFAULT_URL } from "./connection/connection.ts";
import { listenSecret } from "./listen/listen-secret.ts";

export interface Welcome {
  readonly url: string;
  /** For people: `sqlite in ./data`. */
  readonly store: string;
  readonly version: string;
  /** Printed this once. */
  readonly firstKey: string | null;
  readonly config: Pick<Config, "bootstrapApiKey">;
}

/** Where `npm run receiver` listens. */
const RECEIVER_PORT = 9000;

/** The first screen: where it listens, on which store, and what to do next. Colours only on a terminal (`styleText` sees to that). */
export function welcome({ url, store, version, firstKey, config }: Welcome): string {
  const isOwnKey = config.bootstrapApiKey !== null;
  const key = isOwnKey ? "$TRIGGERS_BOOTSTRAP_API_KEY" : (firstKey ?? "$TRIGGERS_API_KEY");
  const secret = isOwnKey || firstKey === null ? null : listenSecret(firstKey);
  const lines = [
    `${bold("Triggers API")} ${version} listens on ${bold(url)} (store: ${store})`,
    "",
    ...keyLines(firstKey, isOwnKey),
    `  Docs     ${url}/docs`,
    "",
    "Send an event:",
    "",
    `  curl -X POST ${url}/v1/events -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" -d '{"type":"order.created","payload":{"order_id":"ord_1","amount":4999}}'`,
    "",
    "See it in your inbox:",
    "",
    `  curl ${url}/v1/inbox -H "Authorization: Bearer ${key}"`,
    "",
    "Get events as webhooks on this machine, each line in a terminal of its own:",
    "",
    ...webhookSteps({ url, key, secret }),
    "",
  ];
  return `${lines.join("\n")}\n`;
}

interface Steps {
  readonly url: string;
  /** Or the variable that holds it. */
  readonly key: string;
  /** Null: not to be shown; the receiver then takes every signature. */
  readonly secret: string | null;
}

/** A receiver, what brings events to it, and an event. */
export function webhookSteps({ url, key, secret }: Steps): readonly string[] {
  const triggers = key === "$TRIGGERS_API_KEY" ? "npx triggers" : `TRIGGERS_API_KEY=${key} npx triggers`;
  const server = url === DEFAULT_URL ? "" : ` --url ${url}`;
  return [
    `  npm run receiver${secret === null ? "" : ` -- ${RECEIVER_PORT} ${secret}`}`,
    `  ${triggers} listen --forward http://127.0.0.1:${RECEIVER_PORT}/hook${server}`,
    `  ${triggers} trigger order.created${server}`,
  ];
}

function keyLines(firstKey: string | null, isOwnKey: boolean): readonly string[] {
  if (isOwnKey) return ["  API key  the one in TRIGGERS_BOOTSTRAP_API_KEY"];
  if (firstKey !== null) return [`  API key  ${bold(firstKey)}`, "           shown this once: keep it"];
  return [
    "  API key  the one shown at the first start: put it into TRIGGERS_API_KEY for the lines below",
    "           a lost one is replaced by setting TRIGGERS_BOOTSTRAP_API_KEY",
  ];
}

function bold(text: string): string {
  return styleText("bold", text);
}
