import { OperatorError, TriggersError } from "../domain/errors.ts";
import type { Project } from "../domain/project.ts";
import { MAIN_INBOX, type Subscription } from "../domain/subscription.ts";
import type { Sealer } from "../seal/sealer.ts";
import { inboxDefaults } from "./create-subscription.ts";
import { hashToken, issueKey, type KeyParts, type KeyRegister, makeCredential } from "./manage-keys.ts";
import type { RunJobs, RunStep } from "./run-jobs.ts";
import type { NewKey } from "./views.ts";

/** Rows removed in one step after a project is deleted. */
const PURGE_STEP = 500;

/** The key that opens everything in a project. */
const ADMIN_KEY: NewKey = { name: "admin", scopes: ["project:admin"], expiresAt: null };
/** Name of the key that the operator set for the first project. */
const BOOTSTRAP_NAME = "bootstrap";

export interface ProjectParts extends KeyParts {
  readonly sealer: Sealer;
  readonly register: KeyRegister;
  readonly jobs: RunJobs;
}

/** Makes a project with its keys, its main inbox and its first API key, all in one. */
export async function createProject(
  parts: ProjectParts,
  name: string,
): Promise<{ readonly project: Project; readonly token: string }> {
  const draft = draftProject(parts, name);
  const { credential, token } = issueKey(parts, draft.project.id, ADMIN_KEY);
  await parts.store.createProject({ ...draft, credential }, false);
  return { project: draft.project, token };
}

function draftProject({ clock, nextId, sealer }: ProjectParts, name: string) {
  const { id, at } = nextId(clock.now());
  const project: Project = { id, name, createdAt: at };
  return { project, keys: sealer.makeProjectKeys(id, at), mainInbox: makeMainInbox(id, nextId(at).id, at) };
}

/** The main inbox needs no key of the project: nothing of it is sealed, and there is one of it. */
function makeMainInbox(projectId: string, id: string, at: number): Subscription {
  const defaults = inboxDefaults(projectId, id, at);
  return {
    ...defaults,
    name: MAIN_INBOX,
    matches: "unmatched",
    identity: MAIN_INBOX,
    sealed: new Uint8Array(0),
  };
}

/**
 * Makes the first project if there is none, decided by one conditional insert: of several nodes that start together one gets the token to print.
 * A key set by the operator is the only live one of its name: setting another one revokes it.
 */
export async function ensureFirstProject(
  parts: ProjectParts,
  bootstrapKey: string | null,
): Promise<string | null> {
  const draft = draftProject(parts, "default");
  const issued =
    bootstrapKey === null
      ? issueKey(parts, draft.project.id, ADMIN_KEY)
      : bootstrapCredential(parts, draft.project.id, bootstrapKey);
  const outcome = await parts.store.createProject({ ...draft, credential: issued.credential }, true);
  if (outcome === "created") return issued.token;
  if (bootstrapKey !== null) await ensureBootstrapKey(parts, bootstrapKey);
  return null;
}

function bootstrapCredential({ clock, nextId }: ProjectParts, projectId: string, token: string) {
  const { id, at } = nextId(clock.now());
  const credential = makeCredential(
    { projectId, id, token, createdAt: at },
    { ...ADMIN_KEY, name: BOOTSTRAP_NAME },
  );
  return { credential, token };
}

async function ensureBootstrapKey(parts: ProjectParts, token: string): Promise<void> {
  const { store, clock } = parts;
  const [first] = await store.listProjects({ afterId: null, limit: 1 });
  if (first === undefined) return;
  const now = clock.now();
  const known = await store.listCredentials({ projectId: first.id, afterId: null, limit: 1_000, now });
  const tokenHash = hashToken(token);
  if (!known.some((credential) => credential.tokenHash === tokenHash)) {
    const outcome = await store.createCredential(bootstrapCredential(parts, first.id, token).credential);
    // Before another key is revoked: the operator would be left without any.
    if (outcome === "exists") throw usedBefore();
  }
  for (const credential of known) {
    const isOld = credential.name === BOOTSTRAP_NAME && credential.tokenHash !== tokenHash;
    if (isOld) await store.revokeCredential(first.id, credential.id, now);
  }
}

function usedBefore(): OperatorError {
  return new OperatorError(
    "The key in TRIGGERS_BOOTSTRAP_API_KEY was in use before and is revoked, or is another project's. A revoked key does not come back: set a fresh one.",
  );
}

export async function readProject({ store }: ProjectParts, projectId: string): Promise<Project> {
  const project = await store.readProject(projectId);
  if (project === null) throw projectNotFound();
  return project;
}

export async function renameProject(parts: ProjectParts, projectId: string, name: string): Promise<Project> {
  if ((await parts.store.renameProject(projectId, name)) === "not_found") throw projectNotFound();
  return readProject(parts, projectId);
}

/** Destroys the project's keys at once; a job removes the rows that nobody can read any more. */
export async function deleteProject(parts: ProjectParts, projectId: string): Promise<void> {
  const outcome = await parts.store.deleteProject(projectId, parts.clock.now());
  if (outcome === "not_found") throw projectNotFound();
  parts.sealer.forgetProject(projectId);
  parts.register.forget();
  await parts.jobs.create(projectId, "delete_project", {});
  parts.jobs.kick();
}

/** The rows of a deleted project, a step at a time. */
export function makePurgeProject({ store }: Pick<ProjectParts, "store">): RunStep {
  return async ({ projectId }) => {
    const done = await store.purgeProject(projectId, PURGE_STEP);
    return { done, next: done === 0 ? "finished" : "go_on" };
  };
}

function projectNotFound(): TriggersError {
  return new TriggersError("not_found", "There is no project with this id.");
}
