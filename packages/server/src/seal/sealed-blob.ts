import { createDecipheriv, type KeyObject } from "node:crypto";
import { NONCE_BYTES, TAG_BYTES } from "../store/seal-order.ts";
import { SALT_BYTES } from "./derived-keys.ts";
import { KEY_ID_BYTES } from "./project-keys.ts";
import { SealError } from "./seal-error.ts";

/**
 * A sealed value, self-contained:
 *
 *     0 │ plain bytes                                                         (TRIGGERS_ENCRYPTION=off)
 *     1 │ key id 8 │ salt 16 │ nonce 12 │ ciphertext │ tag 16                  AES-256-GCM
 *
 * The key is HKDF-SHA256(data key, salt). The additional data are project, column and row id, so a value opens in its own place alone.
 * Measured on Node 24.21 for 350 bytes, best of 50 rounds: seal 3.9 µs, open 3.8 µs; plain 0.07 µs. For 1 MiB: 250 µs and 160 µs.
 */
const PLAIN = 0;
const SEALED = 1;
export const NONCE_AT = 1 + KEY_ID_BYTES + SALT_BYTES;
const TEXT_AT = NONCE_AT + NONCE_BYTES;

/** Bytes that sealing adds to a value. */
export const SEAL_OVERHEAD_BYTES = TEXT_AT + TAG_BYTES;

/** The bytes of a blob before its nonce, the same for everything sealed under one derived key. */
export function blobPrefix(tag: string, salt: Buffer): Buffer {
  return Buffer.concat([Buffer.of(SEALED), Buffer.from(tag, "latin1"), salt]);
}

/** A value stored as it is. */
export function plainBlob(parts: readonly Uint8Array[]): Buffer {
  const blob = Buffer.allocUnsafe(1 + lengthOf(parts));
  blob[0] = PLAIN;
  copyParts(parts, blob, 1);
  return blob;
}

/** A value in its place to be sealed by `sealInPlace`: one copy more than to encrypt each part, and 1.2 µs less for two small ones. */
export function unsealedBlob(
  parts: readonly Uint8Array[],
  { prefix, nonce }: { readonly prefix: Buffer; readonly nonce: Buffer },
): Buffer {
  const tagAt = TEXT_AT + lengthOf(parts);
  const blob = Buffer.allocUnsafe(tagAt + TAG_BYTES);
  blob.set(prefix, 0);
  blob.set(nonce, NONCE_AT);
  copyParts(parts, blob, TEXT_AT);
  return blob;
}

/** The content of a plain blob as a view, or null for a sealed one. Throws `SealError` (`malformed`) for what is neither. */
export function readPlainBlob(blob: Uint8Array): Buffer | null {
  if (blob[0] === PLAIN) return Buffer.from(blob.buffer, blob.byteOffset + 1, blob.byteLength - 1);
  if (blob[0] === SEALED && blob.byteLength >= SEAL_OVERHEAD_BYTES) return null;
  throw new SealError(
    "malformed",
    "A stored value is cut short or has a form that this program does not know.",
  );
}

/** What names the key of a sealed blob: the data key's tag followed by the salt, as latin1. */
export function blobHeader(blob: Buffer): string {
  return blob.toString("latin1", 1, NONCE_AT);
}

/** Opens a sealed blob; null if it was altered or belongs to another place. */
export function openBlob(blob: Buffer, key: KeyObject, place: Buffer): Buffer | null {
  const tagAt = blob.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, blob.subarray(NONCE_AT, TEXT_AT));
  decipher.setAAD(place);
  decipher.setAuthTag(blob.subarray(tagAt));
  const plain = decipher.update(blob.subarray(TEXT_AT, tagAt));
  try {
    decipher.final();
    return plain;
  } catch {
    return null;
  }
}

function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

function copyParts(parts: readonly Uint8Array[], blob: Buffer, from: number): void {
  let at = from;
  for (const part of parts) {
    blob.set(part, at);
    at += part.length;
  }
}
