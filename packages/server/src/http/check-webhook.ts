import type { Config } from "../config.ts";
import { checkHeaders } from "../domain/check-headers.ts";
import type { FieldFault } from "../domain/errors.ts";
import { parseNetworks } from "../domain/judge-address.ts";
import { judgeUrl } from "../domain/judge-url.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import { type SignatureVersion, versionOf } from "../domain/webhook-secret.ts";
import { refuseFields } from "./refuse-fields.ts";

/** Refuses a URL that push may not reach, and headers that it may not send. */
export function checkWebhook(
  { url, headers }: Partial<Pick<WebhookSettings, "url" | "headers">>,
  { allowNetworks }: Pick<Config, "allowNetworks">,
): void {
  const faults = headers === undefined ? [] : checkHeaders(headers);
  refuseFields(url === undefined ? faults : [...judged(url, allowNetworks), ...faults]);
}

/** Refuses besides a signature that the secret does not make. */
export function checkNewWebhook(sent: SentWebhook, config: Pick<Config, "allowNetworks">): void {
  const { webhook, secret, signature } = sent;
  const agrees = secret === undefined || signature === undefined || versionOf(secret) === signature;
  refuseFields(agrees ? [] : [SIGNATURE_FAULT]);
  checkWebhook(webhook, config);
}

interface SentWebhook {
  readonly webhook: Pick<WebhookSettings, "url" | "headers">;
  readonly secret?: string | undefined;
  readonly signature?: SignatureVersion | undefined;
}

const SIGNATURE_FAULT: FieldFault = {
  pointer: "/signature",
  detail: "is not what the secret signs by; leave one of the two out",
};

function judged(url: string, allowNetworks: readonly string[]): readonly FieldFault[] {
  const verdict = judgeUrl(url, parseNetworks(allowNetworks));
  return verdict.outcome === "ok" ? [] : [{ pointer: "/webhook/url", detail: verdict.detail }];
}
