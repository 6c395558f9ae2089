import type { Credential } from "../../domain/credential.ts";
import type { CredentialStore } from "../project-store.ts";
import type { Session } from "./session.ts";
import { operatorSql, PROJECT, sql } from "./sql.ts";

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
    ...{ projectId, id, name, scopes: JSON.parse(scopes) as Credential["scopes"] },
    ...{ tokenHash, createdAt, expiresAt, revokedAt, lastUsedAt },
  };
}

/** The credential says which project it is of. */
const READ_BY_HASH = operatorSql<
  readonly [...CredentialTuple, projectId: string]
>(`SELECT ${COLUMNS}, p.id FROM credentials AS c
  JOIN projects AS p ON p.number = c.project AND p.deleted_at IS NULL WHERE c.token_hash = $1`);

export async function readCredential(db: Session, tokenHash: string): Promise<Credential | null> {
  const tuple = await db.get(READ_BY_HASH, tokenHash);
  return tuple === undefined ? null : credentialOf(tuple[8], tuple);
}

const READ = sql<CredentialTuple>(
  `SELECT ${COLUMNS} FROM credentials AS c WHERE c.project = ${PROJECT} AND c.id = $2`,
);

export async function readCredentialById(
  db: Session,
  ...[projectId, id]: Parameters<CredentialStore["readCredentialById"]>
): Promise<Credential | null> {
  const tuple = await db.get(READ, projectId, id);
  return tuple === undefined ? null : credentialOf(projectId, tuple);
}

const LIST = sql<CredentialTuple>(`SELECT ${COLUMNS} FROM credentials AS c
  WHERE c.project = ${PROJECT} AND c.id > $2 AND (c.revoked_at IS NULL OR c.revoked_at > $3) ORDER BY c.id LIMIT $4`);

export async function listCredentials(
  db: Session,
  { projectId, afterId, limit, now }: Parameters<CredentialStore["listCredentials"]>[0],
): Promise<Credential[]> {
  const tuples = await db.all(LIST, projectId, afterId ?? "", now, limit);
  return tuples.map((tuple) => credentialOf(projectId, tuple));
}

/** Nothing is stored for a project that is closed, also by a transaction still under way: it is waited for. */
const INSERT = sql(`INSERT INTO credentials (project, id, name, scopes, token_hash, created_at, expires_at,
  revoked_at, last_used_at) SELECT number, $2, $3, $4, $5, $6::bigint, $7::bigint, $8::bigint, $9::bigint
  FROM projects WHERE id = $1 AND deleted_at IS NULL FOR SHARE ON CONFLICT DO NOTHING`);
const IS_OPEN = sql<readonly [number]>("SELECT 1 FROM projects WHERE id = $1 AND deleted_at IS NULL");

export async function createCredential(
  db: Session,
  credential: Credential,
): ReturnType<CredentialStore["createCredential"]> {
  if (await insertCredential(db, credential)) return "created";
  return (await db.get(IS_OPEN, credential.projectId)) === undefined ? "no_project" : "exists";
}

/** True if it was stored. */
export async function insertCredential(db: Session, credential: Credential): Promise<boolean> {
  const { projectId, id, name, scopes, tokenHash, createdAt, expiresAt, revokedAt, lastUsedAt } = credential;
  const values = [projectId, id, name, JSON.stringify(scopes), tokenHash, createdAt, expiresAt];
  return (await db.run(INSERT, ...values, revokedAt, lastUsedAt)) > 0;
}

const REVOKE = sql(`UPDATE credentials SET revoked_at = least(revoked_at, $3)
  WHERE project = ${PROJECT} AND id = $2`);
const EXPIRE = sql(`UPDATE credentials SET expires_at = least(expires_at, $3)
  WHERE project = ${PROJECT} AND id = $2`);

export async function revokeCredential(
  db: Session,
  ...[projectId, id, revokedAt]: Parameters<CredentialStore["revokeCredential"]>
): Promise<"revoked" | "not_found"> {
  return (await db.run(REVOKE, projectId, id, revokedAt)) > 0 ? "revoked" : "not_found";
}

export async function expireCredential(
  db: Session,
  ...[projectId, id, expiresAt]: Parameters<CredentialStore["expireCredential"]>
): Promise<"changed" | "not_found"> {
  return (await db.run(EXPIRE, projectId, id, expiresAt)) > 0 ? "changed" : "not_found";
}

/** Every node writes what it saw, so the rows are locked in one order. */
const TOUCH = operatorSql(`WITH held AS (SELECT c.project, c.id, used.at
    FROM unnest($1::text[], $2::text[], $3::bigint[]) AS used (project, id, at)
    JOIN projects AS p ON p.id = used.project AND p.deleted_at IS NULL
    JOIN credentials AS c ON c.project = p.number AND c.id = used.id ORDER BY c.project, c.id FOR NO KEY UPDATE OF c)
  UPDATE credentials AS c SET last_used_at = greatest(c.last_used_at, held.at) FROM held
  WHERE c.project = held.project AND c.id = held.id`);

export async function touchCredentials(
  db: Session,
  uses: Parameters<CredentialStore["touchCredentials"]>[0],
): Promise<void> {
  const latest = new Map<string, (typeof uses)[number]>();
  for (const use of uses) {
    const key = `${use.projectId} ${use.id}`;
    if (use.lastUsedAt > (latest.get(key)?.lastUsedAt ?? 0)) latest.set(key, use);
  }
  const rows = [...latest.values()];
  await db.run(
    TOUCH,
    rows.map(({ projectId }) => projectId),
    rows.map(({ id }) => id),
    rows.map(({ lastUsedAt }) => lastUsedAt),
  );
}

const FORGET =
  operatorSql(`DELETE FROM credentials WHERE (project, id) IN (SELECT project, id FROM credentials
  WHERE revoked_at IS NOT NULL AND revoked_at < $1 ORDER BY revoked_at LIMIT $2 FOR UPDATE SKIP LOCKED)`);

export function forgetCredentials(
  db: Session,
  ...[revokedBefore, limit]: Parameters<CredentialStore["forgetCredentials"]>
): Promise<number> {
  return db.run(FORGET, revokedBefore, limit);
}
