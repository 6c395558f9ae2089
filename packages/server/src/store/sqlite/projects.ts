import type { Project, WrappedKey } from "../../domain/project.ts";
import type { NewProject, ProjectStore } from "../project-store.ts";
import { insertCredential } from "./credentials.ts";
import type { Database } from "./open-database.ts";
import { operatorSql, sql } from "./sql.ts";
import { insertSubscription } from "./subscriptions.ts";

type ProjectTuple = readonly [id: string, name: string, createdAt: number];

function projectOf([id, name, createdAt]: ProjectTuple): Project {
  return { id, name, createdAt };
}

const IS_ANY = operatorSql<readonly [number]>("SELECT 1 FROM projects WHERE deleted_at IS NULL LIMIT 1");
const IS_KNOWN = operatorSql<readonly [number]>("SELECT 1 FROM projects WHERE id = ?");
const IS_TAKEN = operatorSql<readonly [number]>("SELECT 1 FROM credentials WHERE token_hash = ?");
const INSERT = operatorSql(
  "INSERT INTO projects (id, name, created_at, match_version, expired_n) VALUES (?, ?, ?, 0, 0)",
);

export function createProject(
  db: Database,
  ...[made, onlyFirst]: Parameters<ProjectStore["createProject"]>
): "created" | "exists" {
  const { id, name, createdAt } = made.project;
  if (onlyFirst && db.get(IS_ANY) !== undefined) return "exists";
  const isKnown = db.get(IS_KNOWN, id) !== undefined;
  if (isKnown || db.get(IS_TAKEN, made.credential.tokenHash) !== undefined) return "exists";
  const number = db.insert(INSERT, id, name, createdAt);
  fillProject(db, number, made);
  return "created";
}

function fillProject(db: Database, number: number, { keys, mainInbox, credential }: NewProject): void {
  for (const key of keys) insertKey(db, number, key);
  insertSubscription(db, number, mainInbox);
  if (insertCredential(db, number, credential) !== "created")
    throw new Error("The credential of a new project was not stored");
}

const READ = sql<ProjectTuple>(
  "SELECT id, name, created_at FROM projects WHERE id = ? AND deleted_at IS NULL",
);

export function readProject(db: Database, projectId: string): Project | null {
  const tuple = db.get(READ, projectId);
  return tuple === undefined ? null : projectOf(tuple);
}

const LIST = operatorSql<ProjectTuple>(
  "SELECT id, name, created_at FROM projects WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT ? + 0",
);

export function listProjects(
  db: Database,
  { afterId, limit }: Parameters<ProjectStore["listProjects"]>[0],
): Project[] {
  return db.all(LIST, afterId ?? "", limit).map(projectOf);
}

const RENAME = operatorSql("UPDATE projects SET name = ? WHERE id = ? AND deleted_at IS NULL");

export function renameProject(
  db: Database,
  ...[projectId, name]: Parameters<ProjectStore["renameProject"]>
): "changed" | "not_found" {
  return db.run(RENAME, name, projectId) > 0 ? "changed" : "not_found";
}

const CLOSE = operatorSql("UPDATE projects SET deleted_at = ? WHERE number = ?");
const DELETE_KEYS = operatorSql("DELETE FROM wrapped_keys WHERE project = ?");
const DELETE_CREDENTIALS = operatorSql("DELETE FROM credentials WHERE project = ?");

export function deleteProject(
  db: Database,
  ...[projectId, now]: Parameters<ProjectStore["deleteProject"]>
): "deleted" | "not_found" {
  const number = db.projectNumber(projectId);
  if (number === null) return "not_found";
  db.run(CLOSE, now, number);
  db.run(DELETE_KEYS, number);
  db.run(DELETE_CREDENTIALS, number);
  db.forget();
  return "deleted";
}

type KeyTuple = readonly [id: string, kind: WrappedKey["kind"], wrapped: Uint8Array, createdAt: number];

const READ_KEYS = sql<KeyTuple>(
  "SELECT id, kind, wrapped, created_at FROM wrapped_keys WHERE project = ? ORDER BY created_at, n",
);

export function readKeys(db: Database, projectId: string): WrappedKey[] {
  const number = db.projectNumber(projectId);
  if (number === null) return [];
  return db
    .all(READ_KEYS, number)
    .map(([id, kind, wrapped, createdAt]) => ({ id, kind, wrapped, createdAt }));
}

const INSERT_KEY = sql(
  "INSERT INTO wrapped_keys (project, id, kind, created_at, wrapped) VALUES (?, ?, ?, ?, ?)",
);

export function addKey(
  db: Database,
  ...[projectId, key]: Parameters<ProjectStore["addKey"]>
): "added" | "no_project" {
  const number = db.projectNumber(projectId);
  if (number === null) return "no_project";
  insertKey(db, number, key);
  return "added";
}

export function insertKey(db: Database, project: number, { id, kind, createdAt, wrapped }: WrappedKey): void {
  db.run(INSERT_KEY, project, id, kind, createdAt, wrapped);
}

const READ_SETTING = operatorSql<readonly [Uint8Array]>("SELECT value FROM settings WHERE name = ?");

export function readSetting(db: Database, name: string): Uint8Array | null {
  return db.get(READ_SETTING, name)?.[0] ?? null;
}

const PUT_SETTING = operatorSql(
  "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
);

export function putSetting(
  db: Database,
  ...[name, value]: Parameters<ProjectStore["putSetting"]>
): Uint8Array {
  db.run(PUT_SETTING, name, value);
  return readSetting(db, name) ?? value;
}
