import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { OperatorError } from "../domain/errors.ts";

/** Gives fresh bytes from a source fit for keys. */
export type RandomBytes = (length: number) => Uint8Array;

const MASTER_KEY_BYTES = 32;

const WRAP_VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CHECK_VERSION = 1;

/** Wraps the keys of projects, and tells by `checkValue` whether a store was sealed under it. The key itself cannot be read back. */
export interface MasterKey {
  /** Says nothing about the key; another key has another one. */
  readonly checkValue: Uint8Array;
  /** `label` names what is wrapped and must be the same to unwrap it. */
  wrap(label: string, key: Uint8Array): Uint8Array;
  /** Null: wrapped by another master key, under another label, or altered. */
  unwrap(label: string, wrapped: Uint8Array): Buffer | null;
}

/** Why there is no master key to start with. */
export type MasterKeyFault = "missing" | "malformed" | "exposed" | "conflict" | "wrong";

/** Refuses the start. The message carries no key but a fresh one that is used nowhere. */
export class MasterKeyError extends OperatorError {
  readonly fault: MasterKeyFault;

  constructor(fault: MasterKeyFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** A new master key as text: 32 bytes in base64. */
export function makeMasterKeyText(randomBytes: RandomBytes): string {
  return Buffer.from(randomBytes(MASTER_KEY_BYTES)).toString("base64");
}

/** The bytes of a master key's text, or null if it is not 32 bytes in base64. Padding may be missing. */
export function parseMasterKeyText(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64");
  const canonical = bytes.toString("base64");
  const isExact = text === canonical || text === canonical.replace(/=+$/, "");
  return isExact && bytes.length === MASTER_KEY_BYTES ? bytes : null;
}

/** Makes the master key of these 32 bytes; they are not used directly but split by HKDF into a wrapping key and a check value. */
export function makeMasterKey(bytes: Uint8Array, randomBytes: RandomBytes): MasterKey {
  const wrapKey = createSecretKey(derive(bytes, "triggers/wrap/v1"));
  return {
    checkValue: Buffer.concat([Buffer.of(CHECK_VERSION), derive(bytes, "triggers/check/v1")]),
    wrap: (label, key) => wrap(wrapKey, { label, nonce: randomBytes(NONCE_BYTES), key }),
    unwrap: (label, wrapped) => unwrap(wrapKey, label, wrapped),
  };
}

function derive(bytes: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", bytes, "", purpose, 32));
}

/** Random nonces are right here: a master key wraps a few keys per project, far from the 2^32 that one key may take. */
function wrap(
  wrapKey: KeyObject,
  what: { readonly label: string; readonly nonce: Uint8Array; readonly key: Uint8Array },
): Buffer {
  const cipher = createCipheriv("aes-256-gcm", wrapKey, what.nonce);
  cipher.setAAD(Buffer.from(what.label));
  const sealed = Buffer.concat([cipher.update(what.key), cipher.final()]);
  return Buffer.concat([Buffer.of(WRAP_VERSION), what.nonce, sealed, cipher.getAuthTag()]);
}

function unwrap(wrapKey: KeyObject, label: string, wrapped: Uint8Array): Buffer | null {
  const tagAt = wrapped.length - TAG_BYTES;
  if (wrapped[0] !== WRAP_VERSION || tagAt < 1 + NONCE_BYTES) return null;
  const nonce = wrapped.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", wrapKey, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(label));
  decipher.setAuthTag(wrapped.subarray(tagAt));
  const key = decipher.update(wrapped.subarray(1 + NONCE_BYTES, tagAt));
  try {
    decipher.final();
    return key;
  } catch {
    return null;
  }
}
