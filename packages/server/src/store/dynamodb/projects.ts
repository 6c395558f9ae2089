import { setTimeout as wait } from "node:timers/promises";
import type { Project, WrappedKey } from "../../domain/project.ts";
import type { ProjectStore } from "../project-store.ts";
import { IS_ABSENT } from "./connection.ts";
import { createProject } from "./create-project.ts";
import type { Dynamo } from "./dynamo.ts";
import { bytesOf, type KeyedItem, keyName, numberOf, textOf } from "./item.ts";
import { projectKey } from "./keys.ts";
import {
  countWrite,
  IS_OPEN,
  keyItem,
  keyRow,
  openProjectCheck,
  PROJECTS,
  pointerOf,
  SETTINGS,
} from "./project-rows.ts";
import { purgeProject } from "./purge-project.ts";
import { behind, lastOf, readItem, readItems, readRows, readSome } from "./read-items.ts";
import { putItem, transact, updateItem } from "./write-items.ts";

export function makeProjects(dynamo: Dynamo): ProjectStore {
  return {
    createProject: (project, onlyFirst) => createProject(dynamo, project, onlyFirst),
    readProject: async (projectId) => projectRow(await readItem(dynamo, "control", projectKey(projectId))),
    listProjects: (request) => listProjects(dynamo, request),
    renameProject: (projectId, name) => renameProject(dynamo, projectId, name),
    deleteProject: (projectId, now) => deleteProject(dynamo, projectId, now),
    purgeProject: (projectId, limit) => purgeProject(dynamo, projectId, limit),
    readKeys: (projectId) => readKeys(dynamo, projectId),
    addKey: (projectId, key) => addKey(dynamo, projectId, key),
    readSetting: (name) => readSetting(dynamo, name),
    putSetting: (name, value) => putSetting(dynamo, name, value),
  };
}

/** Null for a closed one, too. */
function projectRow(item: KeyedItem | null | undefined): Project | null {
  if (item === null || item === undefined || numberOf(item, "da") !== null) return null;
  return { id: item.pk.slice(2), name: textOf(item, "nm") ?? "", createdAt: numberOf(item, "ca") ?? 0 };
}

async function listProjects(
  dynamo: Dynamo,
  { afterId, limit }: Parameters<ProjectStore["listProjects"]>[0],
): Promise<Project[]> {
  const from = afterId === null ? "0" : behind(afterId);
  const pointers = await readSome(dynamo, { table: "control", hash: PROJECTS, from, to: lastOf("f") }, limit);
  const keys = pointers.map(({ sk }) => projectKey(sk));
  const items = await readItems(dynamo, "control", { keys });
  return keys.flatMap((key) => projectRow(items.get(keyName(key))) ?? []);
}

async function renameProject(
  dynamo: Dynamo,
  projectId: string,
  name: string,
): Promise<"changed" | "not_found"> {
  const key = projectKey(projectId);
  const change = { key, set: "SET nm = :name", values: { name }, condition: IS_OPEN };
  return (await updateItem(dynamo, "control", change)).isDone ? "changed" : "not_found";
}

/** The service takes 100 writes together; a project has a few keys. */
const KEYS_AT_ONCE = 90;

/** Closed and without keys in one transaction; answered when no node knows the project by an older copy any more. */
async function deleteProject(
  dynamo: Dynamo,
  projectId: string,
  now: number,
): Promise<"deleted" | "not_found"> {
  const { pk: hash } = projectKey(projectId);
  const keys: KeyedItem[] = [];
  for await (const item of readRows(dynamo, { table: "control", hash, from: "k#", to: lastOf("k#") }))
    keys.push(item);
  const outcome = await transact(dynamo, [
    {
      table: "control",
      update: { key: projectKey(projectId), set: "SET da = :now", values: { now }, condition: IS_OPEN },
    },
    countWrite(-1, null),
    { table: "control", remove: pointerOf(projectId), condition: null },
    ...keys
      .slice(0, KEYS_AT_ONCE)
      .map(({ pk, sk }) => ({ table: "control", remove: { pk, sk }, condition: null }) as const),
  ]);
  dynamo.places.forget(projectId);
  if (!outcome.isDone) return "not_found";
  await wait(dynamo.places.copiesLastMs);
  return "deleted";
}

async function readKeys(dynamo: Dynamo, projectId: string): Promise<WrappedKey[]> {
  const { pk: hash } = projectKey(projectId);
  const keys: WrappedKey[] = [];
  for await (const item of readRows(dynamo, { table: "control", hash, from: "k#", to: lastOf("k#") }))
    keys.push(keyRow(item));
  return keys;
}

async function addKey(dynamo: Dynamo, projectId: string, key: WrappedKey): Promise<"added" | "no_project"> {
  const outcome = await transact(dynamo, [
    openProjectCheck(projectId),
    { table: "control", put: keyItem(projectId, key), condition: null },
  ]);
  return outcome.isDone ? "added" : "no_project";
}

async function readSetting(dynamo: Dynamo, name: string): Promise<Uint8Array | null> {
  const item = await readItem(dynamo, "control", { pk: SETTINGS, sk: name });
  return item === null ? null : bytesOf(item, "b");
}

export async function putSetting(dynamo: Dynamo, name: string, value: Uint8Array): Promise<Uint8Array> {
  const item = { pk: SETTINGS, sk: name, b: value };
  const outcome = await putItem(dynamo, "control", { item, condition: IS_ABSENT });
  if (outcome.isDone || outcome.old === null) return new Uint8Array(value);
  return bytesOf(outcome.old, "b") ?? new Uint8Array();
}
