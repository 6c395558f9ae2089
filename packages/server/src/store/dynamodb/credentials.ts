import type { Credential } from "../../domain/credential.ts";
import type { CredentialStore } from "../project-store.ts";
import { IS_ABSENT, inParallel } from "./connection.ts";
import {
  credentialItem,
  credentialRow,
  pointerItem,
  pointerKey,
  REVOKED_HASH,
  revokedSort,
} from "./credential-rows.ts";
import type { Dynamo } from "./dynamo.ts";
import { keyName, textOf } from "./item.ts";
import { credentialKey, padTime, projectKey } from "./keys.ts";
import { openProjectCheck } from "./project-rows.ts";
import { behind, lastOf, readItem, readItems, readRows } from "./read-items.ts";
import { WORK_INDEX } from "./tables.ts";
import { transact, updateItem } from "./write-items.ts";

export function makeCredentials(dynamo: Dynamo): CredentialStore {
  return {
    createCredential: (credential) => createCredential(dynamo, credential),
    readCredential: (tokenHash) => readCredential(dynamo, tokenHash),
    readCredentialById: (projectId, id) => readCredentialById(dynamo, projectId, id),
    listCredentials: (request) => listCredentials(dynamo, request),
    revokeCredential: async (projectId, id, at) =>
      (await setEarlier(dynamo, { projectId, id, at, name: "ra" })) ? "revoked" : "not_found",
    expireCredential: async (projectId, id, at) =>
      (await setEarlier(dynamo, { projectId, id, at, name: "xa" })) ? "changed" : "not_found",
    touchCredentials: async (uses) => {
      await inParallel(uses, (use) => touch(dynamo, use));
    },
    forgetCredentials: (revokedBefore, limit) => forgetCredentials(dynamo, revokedBefore, limit),
  };
}

async function createCredential(
  dynamo: Dynamo,
  credential: Credential,
): Promise<"created" | "exists" | "no_project"> {
  const outcome = await transact(dynamo, [
    openProjectCheck(credential.projectId),
    { table: "control", put: credentialItem(credential), condition: IS_ABSENT },
    { table: "control", put: pointerItem(credential), condition: IS_ABSENT },
  ]);
  if (outcome.isDone) return "created";
  return outcome.refused.has(0) ? "no_project" : "exists";
}

/** Of a closed project there are none. */
async function readCredential(dynamo: Dynamo, tokenHash: string): Promise<Credential | null> {
  const item = await readItem(dynamo, "control", credentialKey(tokenHash));
  if (item === null) return null;
  const credential = credentialRow(item);
  return (await dynamo.places.find(credential.projectId)) === null ? null : credential;
}

async function readCredentialById(dynamo: Dynamo, projectId: string, id: string): Promise<Credential | null> {
  const pointer = await readItem(dynamo, "control", pointerKey(projectId, id));
  const tokenHash = pointer === null ? null : textOf(pointer, "h");
  return tokenHash === null ? null : readCredential(dynamo, tokenHash);
}

type ListRequest = Parameters<CredentialStore["listCredentials"]>[0];

async function listCredentials(
  dynamo: Dynamo,
  { projectId, afterId, limit, now }: ListRequest,
): Promise<Credential[]> {
  if ((await dynamo.places.find(projectId)) === null) return [];
  const { pk: hash } = projectKey(projectId);
  const from = afterId === null ? "c#" : behind(`c#${afterId}`);
  const hashes: string[] = [];
  for await (const item of readRows(dynamo, { table: "control", hash, from, to: lastOf("c#") }))
    hashes.push(textOf(item, "h") ?? "");
  const keys = hashes.map(credentialKey);
  const items = await readItems(dynamo, "control", { keys });
  return keys
    .flatMap((key) => items.get(keyName(key)) ?? [])
    .map(credentialRow)
    .filter(({ revokedAt }) => revokedAt === null || revokedAt > now)
    .slice(0, limit);
}

interface Earlier {
  readonly projectId: string;
  readonly id: string;
  readonly at: number;
  /** `ra`: revoked; `xa`: expires. */
  readonly name: "ra" | "xa";
}

/** Sets a time unless an earlier one stands; false: there is no such credential. */
async function setEarlier(dynamo: Dynamo, { projectId, id, at, name }: Earlier): Promise<boolean> {
  const known = await readCredentialById(dynamo, projectId, id);
  if (known === null) return false;
  const { tokenHash } = known;
  const listed = name === "ra" ? ", w = :w, ws = :ws" : "";
  const outcome = await updateItem(dynamo, "control", {
    key: credentialKey(tokenHash),
    set: `SET ${name} = :at${listed}`,
    values: name === "ra" ? { at, w: REVOKED_HASH, ws: revokedSort(tokenHash, at) } : { at },
    condition: {
      expression: `attribute_exists(pk) AND (attribute_not_exists(${name}) OR ${name} > :at)`,
    },
  });
  return outcome.isDone || outcome.old !== null;
}

async function touch(
  dynamo: Dynamo,
  { projectId, id, lastUsedAt }: Parameters<CredentialStore["touchCredentials"]>[0][number],
): Promise<void> {
  const pointer = await readItem(dynamo, "control", pointerKey(projectId, id));
  const tokenHash = pointer === null ? null : textOf(pointer, "h");
  if (tokenHash === null) return;
  await updateItem(dynamo, "control", {
    key: credentialKey(tokenHash),
    set: "SET lu = :at",
    values: { at: lastUsedAt },
    condition: { expression: "attribute_exists(pk) AND (attribute_not_exists(lu) OR lu < :at)" },
  });
}

async function forgetCredentials(dynamo: Dynamo, revokedBefore: number, limit: number): Promise<number> {
  const query = { table: "control", index: WORK_INDEX, hash: REVOKED_HASH, from: "0", limit } as const;
  let forgotten = 0;
  for await (const { pk, sk } of readRows(dynamo, { ...query, to: lastOf(padTime(revokedBefore - 1)) })) {
    if (forgotten >= limit) break;
    const item = await readItem(dynamo, "control", { pk, sk });
    if (item === null) continue;
    const { projectId, id } = credentialRow(item);
    await transact(dynamo, [
      { table: "control", remove: { pk, sk }, condition: null },
      { table: "control", remove: pointerKey(projectId, id), condition: null },
    ]);
    forgotten += 1;
  }
  return forgotten;
}
