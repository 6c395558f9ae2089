import type { Credential } from "../../domain/credential.ts";
import type { CredentialStore } from "../project-store.ts";
import type { ProjectTable, Tables } from "./tables.ts";

export function makeCredentials(tables: Tables): CredentialStore {
  const of = (projectId: string, id: string) => tables.projects.get(projectId)?.credentials.get(id);
  const change = (credential: Credential | undefined, fields: Partial<Credential>) => {
    const project = tables.projects.get(credential?.projectId ?? "");
    if (project === undefined || credential === undefined) return false;
    putCredential(tables, project, { ...credential, ...fields });
    return true;
  };
  return {
    createCredential: async (credential) => createCredential(tables, credential),
    readCredential: async (tokenHash) => tables.credentialsByHash.get(tokenHash) ?? null,
    readCredentialById: async (projectId, id) => of(projectId, id) ?? null,
    listCredentials: async ({ projectId, afterId, limit, now }) =>
      [...(tables.projects.get(projectId)?.credentials.values() ?? [])]
        .filter(({ revokedAt }) => revokedAt === null || revokedAt > now)
        .filter(({ id }) => afterId === null || id > afterId)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    revokeCredential: async (projectId, id, revokedAt) => {
      const known = of(projectId, id);
      return change(known, { revokedAt: earlier(known?.revokedAt, revokedAt) }) ? "revoked" : "not_found";
    },
    expireCredential: async (projectId, id, expiresAt) => {
      const known = of(projectId, id);
      return change(known, { expiresAt: earlier(known?.expiresAt, expiresAt) }) ? "changed" : "not_found";
    },
    touchCredentials: async (uses) => {
      for (const { projectId, id, lastUsedAt } of uses) {
        const known = of(projectId, id);
        change(known, { lastUsedAt: Math.max(known?.lastUsedAt ?? 0, lastUsedAt) });
      }
    },
    forgetCredentials: async (revokedBefore, limit) => forgetCredentials(tables, revokedBefore, limit),
  };
}

function createCredential(tables: Tables, credential: Credential): "created" | "exists" | "no_project" {
  const project = tables.projects.get(credential.projectId);
  if (project === undefined) return "no_project";
  if (tables.credentialsByHash.has(credential.tokenHash) || project.credentials.has(credential.id))
    return "exists";
  putCredential(tables, project, credential);
  return "created";
}

export function putCredential(tables: Tables, project: ProjectTable, credential: Credential): void {
  const row = Object.freeze({ ...credential, scopes: Object.freeze([...credential.scopes]) });
  project.credentials.set(row.id, row);
  tables.credentialsByHash.set(row.tokenHash, row);
}

function forgetCredentials(tables: Tables, revokedBefore: number, limit: number): number {
  const due = tables.credentialsByHash
    .values()
    .filter(({ revokedAt }) => revokedAt !== null && revokedAt < revokedBefore);
  const forgotten = due.take(limit).toArray();
  for (const { projectId, id, tokenHash } of forgotten) {
    tables.projects.get(projectId)?.credentials.delete(id);
    tables.credentialsByHash.delete(tokenHash);
  }
  return forgotten.length;
}

function earlier(known: number | null | undefined, wanted: number): number {
  return Math.min(known ?? Number.POSITIVE_INFINITY, wanted);
}
