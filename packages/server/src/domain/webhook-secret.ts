import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/**
 * Secrets of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme:
 *
 *     whsec_<base64 of 24 to 64 bytes>          symmetric, `v1` (HMAC-SHA256); the receiver has it too
 *     whsk_<base64 of seed 32 │ public key 32>  asymmetric, `v1a` (Ed25519); the receiver has whpk_<base64 of the public key 32>
 */
const SYMMETRIC = "whsec_";
const PRIVATE = "whsk_";
const PUBLIC = "whpk_";
const SECRET_BYTES = { least: 24, most: 64, made: 32 } as const;
const SEED_BYTES = 32;
const PRIVATE_FORM = "and the base64 of an Ed25519 seed with its public key, 64 bytes";

/** PKCS #8 of an Ed25519 key (RFC 8410 §7) up to its seed. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** Schemes of Standard Webhooks: `v1` with a secret that both sides have, `v1a` with a key pair. */
export const SIGNATURE_VERSIONS = ["v1", "v1a"] as const;
export type SignatureVersion = (typeof SIGNATURE_VERSIONS)[number];

type RandomBytes = (length: number) => Uint8Array;

/** A secret that signs, and until when; null: no end is set. The one that was replaced goes on signing during the overlap. */
export interface WebhookSecret {
  readonly secret: string;
  readonly validUntil: number | null;
}

/** A new symmetric secret, `whsec_…`. */
export function makeSecret(randomBytes: RandomBytes): string {
  return SYMMETRIC + base64(randomBytes(SECRET_BYTES.made));
}

/** A new private key for `v1a`, `whsk_…`. */
export function makeSigningKey(randomBytes: RandomBytes): string {
  const seed = randomBytes(SEED_BYTES);
  return PRIVATE + base64(Buffer.concat([seed, publicBytes(privateKeyOf(seed))]));
}

/** The scheme that a secret signs by. */
export function versionOf(secret: string): SignatureVersion {
  return secret.startsWith(PRIVATE) ? "v1a" : "v1";
}

/** What is wrong with a secret that a caller sent, or null. */
export function checkSecret(text: string): string | null {
  if (text.startsWith(PRIVATE)) return isSigningKey(text) ? null : `must be ${PRIVATE} ${PRIVATE_FORM}`;
  if (!text.startsWith(SYMMETRIC)) return `must start with ${SYMMETRIC} or ${PRIVATE}`;
  const bytes = decodeBase64(text.slice(SYMMETRIC.length));
  if (bytes === null) return `must be base64 after ${SYMMETRIC}`;
  const fits = bytes.length >= SECRET_BYTES.least && bytes.length <= SECRET_BYTES.most;
  return fits ? null : `must be the base64 of ${SECRET_BYTES.least} to ${SECRET_BYTES.most} bytes`;
}

/** The public key, `whpk_…`, of a private one. */
export function publicKeyOf(signingKey: string): string {
  const key = readSecret(signingKey);
  if (key.version !== "v1a") throw new TypeError("A symmetric secret has no public key.");
  return PUBLIC + base64(publicBytes(key.privateKey));
}

/** The key inside a secret of ours. Throws for a text that is none. */
export type ParsedSecret =
  | { readonly version: "v1"; readonly bytes: Uint8Array }
  | { readonly version: "v1a"; readonly privateKey: KeyObject };

/** Reads a secret as it is kept. Throws for a text that is none: it was checked before it was stored. */
export function readSecret(text: string): ParsedSecret {
  const isPrivate = text.startsWith(PRIVATE);
  const bytes = decodeBase64(text.slice(isPrivate ? PRIVATE.length : SYMMETRIC.length));
  if (bytes === null || !(isPrivate || text.startsWith(SYMMETRIC)))
    throw new TypeError("The text is not a webhook secret.");
  return isPrivate
    ? { version: "v1a", privateKey: privateKeyOf(bytes.subarray(0, SEED_BYTES)) }
    : { version: "v1", bytes };
}

/** The secrets that sign at `now`, in their order. */
export function secretsAt(secrets: readonly WebhookSecret[], now: number): readonly string[] {
  return secrets
    .filter(({ validUntil }) => validUntil === null || validUntil > now)
    .map(({ secret }) => secret);
}

function isSigningKey(text: string): boolean {
  const bytes = decodeBase64(text.slice(PRIVATE.length));
  if (bytes?.length !== 2 * SEED_BYTES) return false;
  return publicBytes(privateKeyOf(bytes.subarray(0, SEED_BYTES))).equals(bytes.subarray(SEED_BYTES));
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
}

function publicBytes(privateKey: KeyObject): Buffer {
  return Buffer.from(String(createPublicKey(privateKey).export({ format: "jwk" }).x), "base64url");
}

/** Strict, with or without padding: what is not decoded to the last character is not what the caller has. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64");
  const canonical = base64(bytes);
  return text === canonical || text === canonical.replace(/=+$/, "") ? bytes : null;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
