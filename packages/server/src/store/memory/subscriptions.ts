import {
  matchAlike,
  matchesEvents,
  SUBSCRIPTION_LIMITS,
  type Subscription,
} from "../../domain/subscription.ts";
import type { CreateSubscriptionOutcome, MatchSet, SubscriptionStore } from "../subscription-store.ts";
import { ownBytes, type ProjectTable, type Tables } from "./tables.ts";

export function makeSubscriptions(tables: Tables): SubscriptionStore {
  const of = (projectId: string, id: string | undefined) =>
    tables.projects.get(projectId)?.subscriptions.get(id ?? "") ?? null;
  return {
    createSubscription: async (subscription) => createSubscription(tables, subscription),
    readSubscription: async (projectId, id) => of(projectId, id),
    readSubscriptionByName: async (projectId, name) =>
      of(projectId, tables.projects.get(projectId)?.byName.get(name)),
    listSubscriptions: async ({ projectId, label, afterId, limit }) =>
      byId(tables.projects.get(projectId)?.subscriptions.values() ?? [])
        .filter(({ state, labels }) => state !== "deleted" && (label === null || labels.includes(label)))
        .filter(({ id }) => afterId === null || id > afterId)
        .slice(0, limit),
    changeSubscription: async (subscription) => changeSubscription(tables, subscription),
    readMatchSet: async (projectId, knownVersion) => readMatchSet(tables, projectId, knownVersion),
    listByShards: async ({ shards, after, limit }) => {
      const wanted = new Set<number | null>(shards);
      return everyone(tables)
        .filter(({ endpointShard, state }) => wanted.has(endpointShard) && matchesEvents(state))
        .filter((one) => after === null || isBehind(one, after))
        .slice(0, limit);
    },
    listExpired: async (now, limit) =>
      everyone(tables)
        .filter(({ state, expiresAt }) => matchesEvents(state) && expiresAt !== null && expiresAt <= now)
        .slice(0, limit),
    forgetSubscriptions: async (changedBefore, limit) => forgetSubscriptions(tables, changedBefore, limit),
  };
}

function createSubscription(tables: Tables, subscription: Subscription): CreateSubscriptionOutcome {
  const project = tables.projects.get(subscription.projectId);
  if (project === undefined) return { outcome: "no_project" };
  const same = project.subscriptions.get(project.byIdentity.get(subscription.identity) ?? "");
  if (same !== undefined) return { outcome: "exists", subscription: same };
  if (subscription.name !== null && project.byName.has(subscription.name)) return { outcome: "name_taken" };
  if (project.byIdentity.size >= SUBSCRIPTION_LIMITS.perProject) return { outcome: "full" };
  putSubscription(project, subscription);
  return { outcome: "created" };
}

type ChangeOutcome = Awaited<ReturnType<SubscriptionStore["changeSubscription"]>>;

function changeSubscription(tables: Tables, subscription: Subscription): ChangeOutcome {
  const project = tables.projects.get(subscription.projectId);
  const known = project?.subscriptions.get(subscription.id);
  if (project === undefined || known === undefined) return "not_found";
  if (known.version !== subscription.version - 1) return "conflict";
  const isLive = matchesEvents(subscription.state);
  const { name, identity, id } = subscription;
  const named = name === null ? undefined : project.byName.get(name);
  if (isLive && named !== undefined && named !== id) return "name_taken";
  if (isLive && (project.byIdentity.get(identity) ?? id) !== id) return "conflict";
  liftNames(project, known);
  putSubscription(project, subscription);
  return "changed";
}

/** Stores a row as its own copy, in the indexes too, and raises the match version if it matches unlike the row before. */
export function putSubscription(project: ProjectTable, subscription: Subscription): void {
  const { id, name, identity, state } = subscription;
  const labels = Object.freeze([...subscription.labels]);
  const row = Object.freeze({ ...subscription, labels, sealed: ownBytes(subscription.sealed) });
  const known = project.subscriptions.get(id);
  project.subscriptions.set(id, row);
  if (known === undefined || !matchAlike(known, row)) project.matchVersion += 1;
  if (!matchesEvents(state)) return;
  project.byIdentity.set(identity, id);
  if (name !== null) project.byName.set(name, id);
}

function liftNames(project: ProjectTable, { id, name, identity }: Subscription): void {
  if (project.byIdentity.get(identity) === id) project.byIdentity.delete(identity);
  if (name !== null && project.byName.get(name) === id) project.byName.delete(name);
}

function readMatchSet(tables: Tables, projectId: string, knownVersion: number | null): MatchSet {
  const project = tables.projects.get(projectId);
  const version = project?.matchVersion ?? 0;
  if (version === knownVersion) return { version, subscriptions: null };
  const subscriptions = [...(project?.subscriptions.values() ?? [])].filter(({ state }) =>
    matchesEvents(state),
  );
  return { version, subscriptions };
}

function forgetSubscriptions(tables: Tables, changedBefore: number, limit: number): number {
  const due = everyone(tables).filter(
    ({ state, updatedAt }) => !matchesEvents(state) && updatedAt < changedBefore,
  );
  const forgotten = due.slice(0, limit);
  for (const { projectId, id } of forgotten) tables.projects.get(projectId)?.subscriptions.delete(id);
  return forgotten.length;
}

/** Subscriptions of all projects by (project, id). */
function everyone(tables: Tables): Subscription[] {
  const projects = [...tables.projects].sort(([a], [b]) => (a < b ? -1 : 1));
  return projects.flatMap(([, { subscriptions }]) => byId(subscriptions.values()));
}

function byId(subscriptions: Iterable<Subscription>): Subscription[] {
  return [...subscriptions].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isBehind(one: Subscription, after: { readonly projectId: string; readonly id: string }): boolean {
  return one.projectId === after.projectId ? one.id > after.id : one.projectId > after.projectId;
}
