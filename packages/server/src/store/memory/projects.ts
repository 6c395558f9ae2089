import type { WrappedKey } from "../../domain/project.ts";
import type { NewProject, ProjectStore } from "../project-store.ts";
import { putCredential } from "./credentials.ts";
import { removeEvent } from "./rows.ts";
import { putSubscription } from "./subscriptions.ts";
import { makeProjectTable, ownBytes, type ProjectTable, type Tables } from "./tables.ts";

export function makeProjects(tables: Tables): ProjectStore {
  const of = (projectId: string) => tables.projects.get(projectId);
  return {
    createProject: async (project, onlyFirst) => createProject(tables, project, onlyFirst),
    readProject: async (projectId) => of(projectId)?.project ?? null,
    listProjects: async ({ afterId, limit }) =>
      [...tables.projects.values()]
        .map(({ project }) => project)
        .filter(({ id }) => afterId === null || id > afterId)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    renameProject: async (projectId, name) => {
      const table = of(projectId);
      if (table === undefined) return "not_found";
      table.project = Object.freeze({ ...table.project, name });
      return "changed";
    },
    deleteProject: async (projectId) => deleteProject(tables, projectId),
    purgeProject: async (projectId, limit) => purgeProject(tables, projectId, limit),
    readKeys: async (projectId) => (of(projectId)?.keys ?? []).toSorted((a, b) => a.createdAt - b.createdAt),
    addKey: async (projectId, key) => {
      const table = of(projectId);
      if (table === undefined) return "no_project";
      table.keys.push(ownKey(key));
      return "added";
    },
    readSetting: async (name) => tables.settings.get(name) ?? null,
    putSetting: async (name, value) => {
      const standing = tables.settings.get(name) ?? ownBytes(value);
      tables.settings.set(name, standing);
      return standing;
    },
  };
}

function createProject(tables: Tables, made: NewProject, onlyFirst: boolean): "created" | "exists" {
  const { id } = made.project;
  if (onlyFirst && tables.projects.size > 0) return "exists";
  const isKnown = tables.projects.has(id) || tables.closedProjects.has(id);
  if (isKnown || tables.credentialsByHash.has(made.credential.tokenHash)) return "exists";
  const table = makeProjectTable(Object.freeze({ ...made.project }));
  table.keys.push(...made.keys.map(ownKey));
  tables.projects.set(id, table);
  putSubscription(table, made.mainInbox);
  putCredential(tables, table, made.credential);
  return "created";
}

function deleteProject(tables: Tables, projectId: string): "deleted" | "not_found" {
  const table = tables.projects.get(projectId);
  if (table === undefined) return "not_found";
  tables.projects.delete(projectId);
  tables.closedProjects.set(projectId, table);
  table.keys.length = 0;
  for (const { tokenHash } of table.credentials.values()) tables.credentialsByHash.delete(tokenHash);
  for (const eventId of table.events.keys()) tables.plans.delete(eventId);
  return "deleted";
}

function purgeProject(tables: Tables, projectId: string, limit: number): number {
  const table = tables.closedProjects.get(projectId);
  const purged = table === undefined ? 0 : purgeEvents(tables, table, limit);
  if (purged > 0) return purged;
  const jobs = [...tables.jobs.values()].filter(
    ({ job }) => job.projectId === projectId && job.state !== "running",
  );
  for (const { job } of table === undefined ? [] : jobs) tables.jobs.delete(job.id);
  return tables.closedProjects.delete(projectId) ? 1 : 0;
}

function purgeEvents(tables: Tables, table: ProjectTable, limit: number): number {
  const rows = table.eventsById.ascend().take(limit).toArray();
  for (const stored of rows) removeEvent(tables, table, stored);
  return rows.length;
}

function ownKey(key: WrappedKey): WrappedKey {
  return Object.freeze({ ...key, wrapped: ownBytes(key.wrapped) });
}
