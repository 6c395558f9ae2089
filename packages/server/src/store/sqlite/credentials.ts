import type { Credential } from "../../domain/credential.ts";
import type { CredentialStore } from "../project-store.ts";
import type { Database } from "./open-database.ts";
import { operatorSql, sql } from "./sql.ts";

export const COLUMNS =
  "c.id, c.name, c.scopes, c.token_hash, c.created_at, c.expires_at, c.revoked_at, c.last_used_at";

export type CredentialTuple = readonly [
  id: string,
  name: string,
  scopes: string,
  tokenHash: string,
  createdAt: number,
  expiresAt: number | null,
  revokedAt: number | null,
  lastUsedAt: number | null,
];

export function credentialOf(
  projectId: string,
  tuple: readonly [...CredentialTuple, ...unknown[]],
): Credential {
  const [id, name, scopes, tokenHash, createdAt, expiresAt, revokedAt, lastUsedAt] = tuple;
  return {
    projectId,
    id,
    name,
    scopes: JSON.parse(scopes) as Credential["scopes"],
    tokenHash,
    createdAt,
    expiresAt,
    revokedAt,
    lastUsedAt,
  };
}

/** The credential says which project it is of. */
const READ_BY_HASH = operatorSql<readonly [...CredentialTuple, projectId: string]>(
  `SELECT ${COLUMNS}, p.id FROM credentials AS c
  JOIN projects AS p ON p.number = c.project AND p.deleted_at IS NULL WHERE c.token_hash = ?`,
);

export function readCredential(db: Database, tokenHash: string): Credential | null {
  const tuple = db.get(READ_BY_HASH, tokenHash);
  return tuple === undefined ? null : credentialOf(tuple[8], tuple);
}

const READ = sql<CredentialTuple>(`SELECT ${COLUMNS} FROM credentials AS c WHERE c.project = ? AND c.id = ?`);

export function readCredentialById(
  db: Database,
  ...[projectId, id]: Parameters<CredentialStore["readCredentialById"]>
): Credential | null {
  const project = db.projectNumber(projectId);
  const tuple = project === null ? undefined : db.get(READ, project, id);
  return tuple === undefined ? null : credentialOf(projectId, tuple);
}

const LIST = sql<CredentialTuple>(`SELECT ${COLUMNS} FROM credentials AS c
  WHERE c.project = ? AND c.id > ? AND (c.revoked_at IS NULL OR c.revoked_at > ?) ORDER BY c.id LIMIT ? + 0`);

export function listCredentials(
  db: Database,
  { projectId, afterId, limit, now }: Parameters<CredentialStore["listCredentials"]>[0],
): Credential[] {
  const project = db.projectNumber(projectId);
  if (project === null) return [];
  return db.all(LIST, project, afterId ?? "", now, limit).map((tuple) => credentialOf(projectId, tuple));
}

const INSERT = sql(`INSERT INTO credentials (project, id, name, scopes, token_hash, created_at, expires_at,
  revoked_at, last_used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);

export function createCredential(
  db: Database,
  credential: Credential,
): Awaited<ReturnType<CredentialStore["createCredential"]>> {
  const project = db.projectNumber(credential.projectId);
  return project === null ? "no_project" : insertCredential(db, project, credential);
}

export function insertCredential(
  db: Database,
  project: number,
  credential: Credential,
): "created" | "exists" {
  const { id, name, scopes, tokenHash, createdAt, expiresAt, revokedAt, lastUsedAt } = credential;
  const added = db.run(
    INSERT,
    ...[project, id, name, JSON.stringify(scopes), tokenHash, createdAt, expiresAt, revokedAt, lastUsedAt],
  );
  return added > 0 ? "created" : "exists";
}

const REVOKE = sql(`UPDATE credentials SET revoked_at = min(coalesce(revoked_at, ?1), ?1)
  WHERE project = ?2 AND id = ?3`);
const EXPIRE = sql(`UPDATE credentials SET expires_at = min(coalesce(expires_at, ?1), ?1)
  WHERE project = ?2 AND id = ?3`);

export function revokeCredential(
  db: Database,
  ...[projectId, id, revokedAt]: Parameters<CredentialStore["revokeCredential"]>
): "revoked" | "not_found" {
  const project = db.projectNumber(projectId);
  return project !== null && db.run(REVOKE, revokedAt, project, id) > 0 ? "revoked" : "not_found";
}

export function expireCredential(
  db: Database,
  ...[projectId, id, expiresAt]: Parameters<CredentialStore["expireCredential"]>
): "changed" | "not_found" {
  const project = db.projectNumber(projectId);
  return project !== null && db.run(EXPIRE, expiresAt, project, id) > 0 ? "changed" : "not_found";
}

const TOUCH = sql(`UPDATE credentials SET last_used_at = max(coalesce(last_used_at, ?1), ?1)
  WHERE project = ?2 AND id = ?3`);

export function touchCredentials(
  db: Database,
  uses: Parameters<CredentialStore["touchCredentials"]>[0],
): void {
  for (const { projectId, id, lastUsedAt } of uses) {
    const project = db.projectNumber(projectId);
    if (project !== null) db.run(TOUCH, lastUsedAt, project, id);
  }
}

const FORGET = operatorSql(`DELETE FROM credentials WHERE rowid IN
  (SELECT rowid FROM credentials WHERE revoked_at IS NOT NULL AND revoked_at < ? LIMIT ? + 0)`);

export function forgetCredentials(
  db: Database,
  ...[revokedBefore, limit]: Parameters<CredentialStore["forgetCredentials"]>
): number {
  return db.run(FORGET, revokedBefore, limit);
}
