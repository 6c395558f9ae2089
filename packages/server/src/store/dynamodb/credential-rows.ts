import { type Credential, SCOPES, type Scope } from "../../domain/credential.ts";
import { type KeyedItem, numberOf, textOf, textsOf } from "./item.ts";
import { credentialKey, padTime, projectKey } from "./keys.ts";

export const REVOKED_HASH = "revoked";

export function credentialItem(credential: Credential): KeyedItem {
  const { tokenHash, revokedAt } = credential;
  return {
    ...credentialKey(tokenHash),
    pj: credential.projectId,
    id: credential.id,
    nm: credential.name,
    sc: credential.scopes,
    ca: credential.createdAt,
    xa: credential.expiresAt,
    ra: revokedAt,
    lu: credential.lastUsedAt,
    w: revokedAt === null ? null : REVOKED_HASH,
    ws: revokedAt === null ? null : revokedSort(tokenHash, revokedAt),
  };
}

export function revokedSort(tokenHash: string, revokedAt: number): string {
  return `${padTime(revokedAt)}#${tokenHash}`;
}

/** Where the project finds its credential by id. */
export function pointerItem({ projectId, id, tokenHash }: Credential): KeyedItem {
  return { ...pointerKey(projectId, id), h: tokenHash };
}

export function pointerKey(projectId: string, id: string) {
  return { pk: projectKey(projectId).pk, sk: `c#${id}` };
}

export function credentialRow(item: KeyedItem): Credential {
  return {
    projectId: textOf(item, "pj") ?? "",
    id: textOf(item, "id") ?? "",
    name: textOf(item, "nm") ?? "",
    scopes: textsOf(item, "sc").filter((scope): scope is Scope => SCOPES.some((one) => one === scope)),
    tokenHash: item.pk.slice(2),
    createdAt: numberOf(item, "ca") ?? 0,
    expiresAt: numberOf(item, "xa"),
    revokedAt: numberOf(item, "ra"),
    lastUsedAt: numberOf(item, "lu"),
  };
}
