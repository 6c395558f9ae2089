import type { Project, WrappedKey } from "../../domain/project.ts";
import type { NewProject, ProjectStore } from "../project-store.ts";
import { insertSubscription, raiseVersion } from "./create-subscriptions.ts";
import { insertCredential } from "./credentials.ts";
import type { Database } from "./open-database.ts";
import type { Session, Transaction } from "./session.ts";
import { operatorSql, PROJECT, sql } from "./sql.ts";

type ProjectTuple = readonly [id: string, name: string, createdAt: number];

function projectOf([id, name, createdAt]: ProjectTuple): Project {
  return { id, name, createdAt };
}

/** Any number that nobody else locks in this database. */
const MAKING_PROJECTS = 87_444_378;

/** Projects are made one after the other: of several first ones, made by nodes that start together, one is first. */
const HOLD = operatorSql("SELECT pg_advisory_xact_lock($1)");
const IS_ANY = operatorSql<readonly [number]>("SELECT 1 FROM projects WHERE deleted_at IS NULL LIMIT 1");
const IS_TAKEN = operatorSql<readonly [number]>(`SELECT 1 WHERE EXISTS (SELECT 1 FROM projects WHERE id = $1)
  OR EXISTS (SELECT 1 FROM credentials WHERE token_hash = $2)`);
const INSERT = operatorSql(
  "INSERT INTO projects (id, name, created_at, match_version) VALUES ($1, $2, $3, 0)",
);

export function createProject(
  db: Database,
  ...[made, onlyFirst]: Parameters<ProjectStore["createProject"]>
): Promise<"created" | "exists"> {
  const { id, name, createdAt } = made.project;
  return db.transact(async (tx) => {
    await tx.get(HOLD, MAKING_PROJECTS);
    if (onlyFirst && (await tx.get(IS_ANY)) !== undefined) return "exists";
    if ((await tx.get(IS_TAKEN, id, made.credential.tokenHash)) !== undefined) return "exists";
    tx.send(INSERT, id, name, createdAt);
    await fillProject(tx, made);
    return "created";
  });
}

async function fillProject(
  tx: Transaction,
  { project, keys, mainInbox, credential }: NewProject,
): Promise<void> {
  for (const key of keys) tx.send(INSERT_KEY, ...keyValues(project.id, key));
  insertSubscription(tx, mainInbox);
  raiseVersion(tx, project.id);
  if (!(await insertCredential(tx, credential)))
    throw new Error("The credential of a new project was not stored");
}

const READ = sql<ProjectTuple>(
  "SELECT id, name, created_at FROM projects WHERE id = $1 AND deleted_at IS NULL",
);

export async function readProject(db: Session, projectId: string): Promise<Project | null> {
  const tuple = await db.get(READ, projectId);
  return tuple === undefined ? null : projectOf(tuple);
}

const LIST = operatorSql<ProjectTuple>(
  "SELECT id, name, created_at FROM projects WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2",
);

export async function listProjects(
  db: Session,
  { afterId, limit }: Parameters<ProjectStore["listProjects"]>[0],
): Promise<Project[]> {
  return (await db.all(LIST, afterId ?? "", limit)).map(projectOf);
}

const RENAME = operatorSql("UPDATE projects SET name = $2 WHERE id = $1 AND deleted_at IS NULL");

export async function renameProject(
  db: Session,
  ...[projectId, name]: Parameters<ProjectStore["renameProject"]>
): Promise<"changed" | "not_found"> {
  return (await db.run(RENAME, projectId, name)) > 0 ? "changed" : "not_found";
}

const CLOSE = operatorSql<readonly [number: number]>(`UPDATE projects
  SET deleted_at = $2, deleted_xid = pg_current_xact_id() WHERE id = $1 AND deleted_at IS NULL RETURNING number`);
const DELETE_KEYS = operatorSql("DELETE FROM wrapped_keys WHERE project = $1");
const DELETE_CREDENTIALS = operatorSql("DELETE FROM credentials WHERE project = $1");

export function deleteProject(
  db: Database,
  ...[projectId, now]: Parameters<ProjectStore["deleteProject"]>
): Promise<"deleted" | "not_found"> {
  return db.transact(async (tx) => {
    const [number] = (await tx.get(CLOSE, projectId, now)) ?? [];
    if (number === undefined) return "not_found";
    tx.send(DELETE_KEYS, number);
    tx.send(DELETE_CREDENTIALS, number);
    return "deleted";
  });
}

type KeyTuple = readonly [id: string, kind: WrappedKey["kind"], wrapped: Uint8Array, createdAt: number];

const READ_KEYS = sql<KeyTuple>(
  `SELECT id, kind, wrapped, created_at FROM wrapped_keys WHERE project = ${PROJECT} ORDER BY created_at, n`,
);

export async function readKeys(db: Session, projectId: string): Promise<WrappedKey[]> {
  const tuples = await db.all(READ_KEYS, projectId);
  return tuples.map(([id, kind, wrapped, createdAt]) => ({ id, kind, wrapped, createdAt }));
}

/** No key is stored for a project that is closed, also by a transaction still under way: it is waited for. */
const INSERT_KEY = sql(`INSERT INTO wrapped_keys (project, id, kind, created_at, wrapped)
  SELECT number, $2, $3, $4, $5 FROM projects WHERE id = $1 AND deleted_at IS NULL FOR SHARE`);

export async function addKey(
  db: Session,
  ...[projectId, key]: Parameters<ProjectStore["addKey"]>
): Promise<"added" | "no_project"> {
  return (await db.run(INSERT_KEY, ...keyValues(projectId, key))) > 0 ? "added" : "no_project";
}

function keyValues(projectId: string, { id, kind, createdAt, wrapped }: WrappedKey) {
  return [projectId, id, kind, createdAt, wrapped];
}

const READ_SETTING = operatorSql<readonly [Uint8Array]>("SELECT value FROM settings WHERE name = $1");

export async function readSetting(db: Session, name: string): Promise<Uint8Array | null> {
  return (await db.get(READ_SETTING, name))?.[0] ?? null;
}

const PUT_SETTING = operatorSql(
  "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
);

export async function putSetting(
  db: Session,
  ...[name, value]: Parameters<ProjectStore["putSetting"]>
): Promise<Uint8Array> {
  await db.run(PUT_SETTING, name, value);
  return (await readSetting(db, name)) ?? value;
}
