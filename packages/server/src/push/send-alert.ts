import type { Clock, Randomness } from "../flow/clock.ts";
import type { TellOwner } from "../flow/tell-owner.ts";
import { type Sender, targetOf } from "./sender.ts";
import { makeSigner } from "./sign-webhook.ts";
import { fixedHeaders, webhookHeaders } from "./webhook-headers.ts";

/** Waits between the attempts of one notice; then it is given up: the owner event itself is stored. */
const WAITS_MS = [0, 2_000, 30_000] as const;
const TIMEOUT_MS = 15_000;

interface Parts {
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly url: string;
  readonly secret: string;
  readonly userAgent: string;
  readonly onError: (error: unknown) => void;
}

/** Sends the operator's alert URL a signed notice of disabled subscriptions and dead letters, of all projects. */
export function makeSendAlert(parts: Parts): TellOwner {
  const { sender, clock, random, url, secret, userAgent } = parts;
  const sign = makeSigner();
  const fixed = fixedHeaders({ userAgent, contentType: "application/json", custom: {} });
  const target = targetOf(url);

  async function send(id: string, body: Buffer): Promise<boolean> {
    const timestamp = Math.floor(clock.now() / 1_000);
    const headers = webhookHeaders({ fixed, id, timestamp, body, secrets: [secret], trace: null }, sign);
    const { statusCode } = await sender.send({ target, headers, body, timeoutMs: TIMEOUT_MS });
    return statusCode !== null && statusCode >= 200 && statusCode <= 299;
  }

  async function sendAgain(id: string, body: Buffer): Promise<void> {
    for (const waitMs of WAITS_MS) {
      await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      if (await send(id, body)) return;
    }
    parts.onError(new Error("TRIGGERS_ALERT_URL did not take a notice"));
  }

  return (projectId, type, data) => {
    if (type !== "subscription.disabled" && type !== "delivery.dead") return;
    const id = `alert_${Buffer.from(random.bytes(16)).toString("base64url")}`;
    const timestamp = new Date(clock.now()).toISOString();
    void sendAgain(id, Buffer.from(JSON.stringify({ type, timestamp, project_id: projectId, data })));
  };
}
