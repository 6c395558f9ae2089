import type { Config } from "../config.ts";
import { checkHeaders } from "../domain/check-headers.ts";
import type { FieldFault } from "../domain/errors.ts";
import { parseNetworks } from "../domain/judge-address.ts";
import { judgeUrl } from "../domain/judge-url.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import { refuseFields } from "./refuse-fields.ts";

/** Refuses a URL that push may not reach, and headers that it may not send. */
export function checkWebhook(
  { url, headers }: Partial<Pick<WebhookSettings, "url" | "headers">>,
  { allowNetworks }: Pick<Config, "allowNetworks">,
): void {
  const faults = headers === undefined ? [] : checkHeaders(headers);
  refuseFields(url === undefined ? faults : [...judged(url, allowNetworks), ...faults]);
}

function judged(url: string, allowNetworks: readonly string[]): readonly FieldFault[] {
  const verdict = judgeUrl(url, parseNetworks(allowNetworks));
  return verdict.outcome === "ok" ? [] : [{ pointer: "/webhook/url", detail: verdict.detail }];
}
