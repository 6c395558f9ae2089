import { createHmac } from "node:crypto";
import { makeSecret } from "../../domain/webhook-secret.ts";

/**
 * What `listen` signs with, made from the API key: the same after every restart, for every `--forward` and on every machine that has the key, and nobody has to store it.
 * An inbox has no secret on the server, and an id could not stand in for one: that of the subscription is within each `webhook-id`. The HMAC tells nothing about the
 * key; another key makes another secret.
 */
export function listenSecret(apiKey: string): string {
  return makeSecret(() => createHmac("sha256", apiKey).update("triggers listen").digest());
}
