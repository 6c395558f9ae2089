import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { NONCE_BYTES } from "../store/seal-order.ts";
import type { RandomBytes } from "./master-key.ts";
import type { DataKey } from "./project-keys.ts";
import { makeRecentMap } from "./recent-map.ts";

export const SALT_BYTES = 16;
/** A salt serves so many nonces (the count NIST SP 800-38D allows one key), then a fresh one is drawn; at 25,000 events/s after 48 hours. */
const NONCES_PER_SALT = 2 ** 32;
/** One entry per process start, salt and project whose rows are read; one costs 1.1 kB. */
const KEPT_KEYS = 10_000;

/**
 * Nonces that never repeat under one derived key: each key comes from a salt drawn here, and the counter is shared by all projects, so a project
 * whose keys are forgotten and loaded again goes on counting.
 */
export interface NonceSource {
  /** The salt that belongs to the last nonce given. Its identity changes with its content. */
  salt(): Buffer;
  /** The next nonce. The buffer is used again by the next call. */
  next(): Buffer;
}

export function makeNonceSource(randomBytes: RandomBytes, noncesPerSalt = NONCES_PER_SALT): NonceSource {
  const nonce = Buffer.alloc(NONCE_BYTES);
  let salt = Buffer.from(randomBytes(SALT_BYTES));
  let used = 0;
  return {
    salt: () => salt,
    next: () => {
      if (used === noncesPerSalt) {
        salt = Buffer.from(randomBytes(SALT_BYTES));
        used = 0;
      }
      nonce.writeUInt32BE(used, NONCE_BYTES - 4);
      used += 1;
      return nonce;
    },
  };
}

/** Keys derived from data keys and salts, kept while they are in use: one derivation takes 6 µs. */
export interface DerivedKeys {
  /** `header` is the key's tag followed by the salt as latin1. Undefined: derive it. */
  find(projectId: string, header: string): KeyObject | undefined;
  derive(projectId: string, dataKey: DataKey, salt: string): KeyObject;
}

export function makeDerivedKeys(capacity = KEPT_KEYS): DerivedKeys {
  const kept = makeRecentMap<{ readonly projectId: string; readonly key: KeyObject }>(capacity);
  return {
    find: (projectId, header) => {
      const entry = kept.get(header);
      return entry !== undefined && entry.projectId === projectId ? entry.key : undefined;
    },
    derive: (projectId, dataKey, salt) => {
      const bytes = Buffer.from(
        hkdfSync("sha256", dataKey.secret, Buffer.from(salt, "latin1"), "triggers/seal/v1", 32),
      );
      const key = createSecretKey(bytes);
      bytes.fill(0);
      kept.set(dataKey.tag + salt, { projectId, key });
      return key;
    },
  };
}
