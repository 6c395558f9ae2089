import { createCipheriv, type KeyObject } from "node:crypto";

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** How a value is encrypted where it lies, by AES-256-GCM. It has its final layout: the nonce (12 bytes) at `nonceAt`, then the text, still plain, and room for the tag (16 bytes) at its end. */
export interface SealOrder {
  readonly key: KeyObject;
  readonly nonceAt: number;
  /** The additional data, UTF-8. */
  readonly place: string;
}

/** Carries an order out, once. */
export function sealInPlace(value: Uint8Array, { key, nonceAt, place }: SealOrder): void {
  const textAt = nonceAt + NONCE_BYTES;
  const tagAt = value.length - TAG_BYTES;
  const cipher = createCipheriv("aes-256-gcm", key, value.subarray(nonceAt, textAt));
  cipher.setAAD(Buffer.from(place));
  value.set(cipher.update(value.subarray(textAt, tagAt)), textAt);
  cipher.final();
  value.set(cipher.getAuthTag(), tagAt);
}
