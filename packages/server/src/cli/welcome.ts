import { styleText } from "node:util";
import type { Config } from "../config.ts";

export interface Welcome {
  readonly url: string;
  /** For people: `sqlite in ./data`. */
  readonly store: string;
  readonly version: string;
  /** Printed this once. */
  readonly firstKey: string | null;
  readonly config: Pick<Config, "bootstrapApiKey">;
}

/** The first screen: where it listens, on which store, and what to do next. Colours only on a terminal (`styleText` sees to that). */
export function welcome({ url, store, version, firstKey, config }: Welcome): string {
  const isOwnKey = config.bootstrapApiKey !== null;
  const key = isOwnKey ? "$TRIGGERS_BOOTSTRAP_API_KEY" : (firstKey ?? "$KEY");
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
  ];
  return `${lines.join("\n")}\n`;
}

function keyLines(firstKey: string | null, isOwnKey: boolean): readonly string[] {
  if (isOwnKey) return ["  API key  the one in TRIGGERS_BOOTSTRAP_API_KEY"];
  if (firstKey !== null) return [`  API key  ${bold(firstKey)}`, "           shown this once: keep it"];
  return [
    "  API key  the one shown at the first start; a lost one is replaced by setting TRIGGERS_BOOTSTRAP_API_KEY",
  ];
}

function bold(text: string): string {
  return styleText("bold", text);
}
