import type { KeyObject } from "node:crypto";
import { type SealOrder, sealInPlace } from "../store/seal-order.ts";
import { type BlindIndex, makeBlindIndex } from "./blind-index.ts";
import type { DerivedKeys, NonceSource } from "./derived-keys.ts";
import type { KeyRing } from "./key-ring.ts";
import { type DataKey, KEY_ID_BYTES, type ProjectKeys } from "./project-keys.ts";
import { SealError } from "./seal-error.ts";
import {
  blobHeader,
  blobPrefix,
  NONCE_AT,
  openBlob,
  plainBlob,
  readPlainBlob,
  unsealedBlob,
} from "./sealed-blob.ts";

/**
 * Seals and opens the values of one project. A value opens only with the row id and column it was sealed with. Its functions need no `this`.
 * Ask the sealer for it anew in each request: that is what makes a rotated key take effect.
 */
export interface ProjectSeal extends BlindIndex {
  readonly projectId: string;
  /** Seals the parts as one value. The result may lie in a shared pool, as `Buffer.allocUnsafe` gives it. */
  seal(rowId: string, column: string, parts: readonly Uint8Array[]): Buffer;
  /** The same for a store that seals by itself: the value with its text still plain, and how it is sealed. */
  order(rowId: string, column: string, parts: readonly Uint8Array[]): OrderedSeal;
  /** Opens a value with the keys at hand; null: sealed with a key not seen yet, use `open`. Throws `SealError`. A plain value comes as a view. */
  openNow(rowId: string, column: string, blob: Uint8Array): Buffer | null;
  /** Opens a value; reads the project's keys once more if it was sealed with one not seen yet. Rejects with a `SealError`. */
  open(rowId: string, column: string, blob: Uint8Array): Promise<Buffer>;
}

/** Without an order the value is as it will be stored. */
export interface OrderedSeal {
  readonly value: Buffer;
  readonly order: SealOrder | null;
}

/** What the seals of all projects share. */
export interface SealParts {
  readonly isEncrypting: boolean;
  readonly nonces: NonceSource;
  readonly derivedKeys: DerivedKeys;
}

interface SealingKey {
  readonly dataKey: DataKey;
  readonly salt: Buffer;
  readonly prefix: Buffer;
  readonly key: KeyObject;
}

/** `ring` is loaded. */
export function makeProjectSeal(projectId: string, ring: KeyRing, parts: SealParts): ProjectSeal {
  const { nonces, derivedKeys } = parts;
  let sealing: SealingKey | null = null;

  function sealingKey(): SealingKey {
    const dataKey = loadedKeys(ring).newest;
    const salt = nonces.salt();
    if (sealing?.salt !== salt || sealing.dataKey !== dataKey) {
      const key = derivedKeys.derive(projectId, dataKey, salt.toString("latin1"));
      sealing = { dataKey, salt, prefix: blobPrefix(dataKey.tag, salt), key };
    }
    return sealing;
  }

  function openNow(rowId: string, column: string, blob: Uint8Array): Buffer | null {
    const plain = readPlainBlob(blob);
    if (plain !== null) return plain;
    const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
    const key = openingKey(bytes, { projectId, ring, derivedKeys });
    if (key === null) return null;
    const opened = openBlob(bytes, key, Buffer.from(placeOf(projectId, rowId, column)));
    if (opened === null) throw altered(projectId, rowId, column);
    return opened;
  }

  function orderSeal(rowId: string, column: string, values: readonly Uint8Array[]): OrderedSeal {
    if (!parts.isEncrypting) return { value: plainBlob(values), order: null };
    // First: the nonce decides the salt.
    const nonce = nonces.next();
    const { key, prefix } = sealingKey();
    const place = placeOf(projectId, rowId, column);
    return { value: unsealedBlob(values, { prefix, nonce }), order: { key, nonceAt: NONCE_AT, place } };
  }

  return {
    projectId,
    ...makeBlindIndex(loadedKeys(ring).indexKey),
    seal: (rowId, column, values) => {
      const { value, order } = orderSeal(rowId, column, values);
      if (order !== null) sealInPlace(value, order);
      return value;
    },
    order: orderSeal,
    openNow,
    open: async (rowId, column, blob) => {
      const opened = openNow(rowId, column, blob);
      if (opened !== null) return opened;
      await ring.reload();
      const second = openNow(rowId, column, blob);
      if (second === null) throw unknownKey(projectId, rowId, column);
      return second;
    },
  };
}

/** Null: of a data key not seen yet. */
function openingKey(blob: Buffer, { projectId, ring, derivedKeys }: Opening): KeyObject | null {
  const header = blobHeader(blob);
  const known = derivedKeys.find(projectId, header);
  if (known !== undefined) return known;
  const dataKey = loadedKeys(ring).dataKeys.get(header.slice(0, KEY_ID_BYTES));
  return dataKey === undefined ? null : derivedKeys.derive(projectId, dataKey, header.slice(KEY_ID_BYTES));
}

interface Opening {
  readonly projectId: string;
  readonly ring: KeyRing;
  readonly derivedKeys: DerivedKeys;
}

function loadedKeys(ring: KeyRing): ProjectKeys {
  const keys = ring.keys();
  if (keys === null) throw new Error("the keys of a project are used before they are loaded");
  return keys;
}

/** The additional data. Lengths in front: no two places read alike, whatever the ids hold. */
function placeOf(projectId: string, rowId: string, column: string): string {
  return `${projectId.length},${column.length},${projectId}${column}${rowId}`;
}

function altered(projectId: string, rowId: string, column: string): SealError {
  return new SealError(
    "altered",
    `${column} of row ${rowId}, project ${projectId}, does not open: it was altered or moved here from another place.`,
  );
}

function unknownKey(projectId: string, rowId: string, column: string): SealError {
  return new SealError(
    "unknown_key",
    `${column} of row ${rowId}, project ${projectId}, was sealed with a key that the project does not have.`,
  );
}
