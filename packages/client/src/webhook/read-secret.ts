import { TriggersError } from "../connection/triggers-error.ts";

/** A key that checks signatures of Standard Webhooks. */
export interface VerifyKey {
  readonly version: "v1" | "v1a";
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** `whsec_…` (v1, HMAC-SHA256) or `whpk_…` (v1a, the public key of Ed25519). The complaint does not show it. */
export function readSecret(secret: string): VerifyKey {
  const [, prefix, base64] = /^(whsec|whpk)_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = base64 === undefined ? null : decodeBase64(base64);
  if (bytes !== null && prefix === "whsec" && bytes.length >= 24 && bytes.length <= 64) {
    return { version: "v1", bytes };
  }
  if (bytes !== null && prefix === "whpk" && bytes.length === 32) return { version: "v1a", bytes };
  throw new TriggersError({
    code: "webhook_secret_invalid",
    detail:
      "Give the secret as the server shows it: `whsec_` or `whpk_` and base64. A private key (`whsk_`) does not belong to a receiver.",
  });
}

/** Null: it is none. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
