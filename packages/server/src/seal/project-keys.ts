import { createSecretKey, type KeyObject } from "node:crypto";
import type { WrappedKey } from "../domain/project.ts";
import type { MasterKey, RandomBytes } from "./master-key.ts";
import { SealError } from "./seal-error.ts";

/** A key's id is random; so many bytes of it stand in every blob it sealed. */
export const KEY_ID_BYTES = 8;
const KEY_BYTES = 32;

/** A data key, ready for use. It seals nothing itself: processes derive their own keys from it. */
export interface DataKey {
  /** Its id as it stands in a blob, read as latin1. */
  readonly tag: string;
  readonly secret: KeyObject;
}

/** The unwrapped keys of one project. */
export interface ProjectKeys {
  /** By tag. */
  readonly dataKeys: ReadonlyMap<string, DataKey>;
  /** What is sealed now is sealed with this one. */
  readonly newest: DataKey;
  readonly indexKey: KeyObject;
}

/** What new keys are made of. `now` is their time of creation, ms since the epoch. */
export interface KeyMaking {
  readonly projectId: string;
  readonly masterKey: MasterKey;
  readonly randomBytes: RandomBytes;
  readonly now: number;
}

/** A new wrapped key. */
export function makeWrappedKey(kind: WrappedKey["kind"], making: KeyMaking): WrappedKey {
  const { projectId, masterKey, randomBytes, now } = making;
  const id = Buffer.from(randomBytes(KEY_ID_BYTES)).toString("base64url");
  const key = randomBytes(KEY_BYTES);
  const wrapped = masterKey.wrap(labelOf(projectId, id, kind), key);
  key.fill(0);
  return { id, kind, wrapped, createdAt: now };
}

/**
 * Unwraps a project's keys as the store gives them, oldest first; null for a project without keys: it is gone. Data keys that `known` has are taken
 * from there, so that a reload neither unwraps again nor makes new objects. Throws `SealError` (`broken_key`).
 */
export function unwrapProjectKeys(
  wrapped: readonly WrappedKey[],
  known: ProjectKeys | null,
  owner: { readonly projectId: string; readonly masterKey: MasterKey },
): ProjectKeys | null {
  if (wrapped.length === 0) return null;
  const dataKeys = new Map<string, DataKey>();
  let newest: DataKey | undefined;
  let indexKey = known?.indexKey;
  for (const key of wrapped) {
    if (key.kind === "index") {
      indexKey ??= unwrapKey(key, owner);
      continue;
    }
    const tag = Buffer.from(key.id, "base64url").toString("latin1");
    newest = known?.dataKeys.get(tag) ?? { tag, secret: unwrapKey(key, owner) };
    dataKeys.set(tag, newest);
  }
  if (newest === undefined || indexKey === undefined) {
    throw new SealError("broken_key", `Project ${owner.projectId} lacks a data key or its index key.`);
  }
  return { dataKeys, newest, indexKey };
}

function unwrapKey(key: WrappedKey, owner: { projectId: string; masterKey: MasterKey }): KeyObject {
  const bytes = owner.masterKey.unwrap(labelOf(owner.projectId, key.id, key.kind), key.wrapped);
  if (bytes === null || bytes.length !== KEY_BYTES) {
    throw new SealError(
      "broken_key",
      `The ${key.kind} key ${key.id} of project ${owner.projectId} does not open with the master key: its row was altered.`,
    );
  }
  const secret = createSecretKey(bytes);
  bytes.fill(0);
  return secret;
}

/** The kind and the id hold no newline, so no two keys share a label. */
function labelOf(projectId: string, keyId: string, kind: WrappedKey["kind"]): string {
  return `${kind}\n${keyId}\n${projectId}`;
}
