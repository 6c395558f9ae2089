import type { Credential } from "../domain/credential.ts";
import type { Job, JobKind } from "../domain/job.ts";
import type { Project, WrappedKey } from "../domain/project.ts";
import type { Subscription } from "../domain/subscription.ts";

/** Everything a project starts with, committed together. */
export interface NewProject {
  readonly project: Project;
  readonly keys: readonly WrappedKey[];
  readonly mainInbox: Subscription;
  readonly credential: Credential;
}

/** Projects and their wrapped keys. Operator, except the reads of one project. */
export interface ProjectStore {
  /** `onlyFirst`: only if there is no project at all, decided in the same transaction. */
  createProject(project: NewProject, onlyFirst: boolean): Promise<"created" | "exists">;
  readProject(projectId: string): Promise<Project | null>;
  /** By id; the first one made comes first. */
  listProjects(request: {
    readonly afterId: string | null;
    readonly limit: number;
  }): Promise<readonly Project[]>;
  renameProject(projectId: string, name: string): Promise<"changed" | "not_found">;
  /**
   * Destroys its keys and credentials and closes it at once: reads of it find nothing and writes say `no_project` or `not_found`. Rows are removed by
   * `purgeProject`, but not its running jobs.
   */
  deleteProject(projectId: string, now: number): Promise<"deleted" | "not_found">;
  /** One step of removing what a deleted project left; gives how many rows went, 0 when nothing is left. */
  purgeProject(projectId: string, limit: number): Promise<number>;
  /** Oldest first. */
  readKeys(projectId: string): Promise<readonly WrappedKey[]>;
  addKey(projectId: string, key: WrappedKey): Promise<"added" | "no_project">;
  /** A value of the whole installation, such as the check value of the master key. */
  readSetting(name: string): Promise<Uint8Array | null>;
  /** Writes it if it is absent, and gives what stands there. */
  putSetting(name: string, value: Uint8Array): Promise<Uint8Array>;
}

/** API keys. */
export interface CredentialStore {
  createCredential(credential: Credential): Promise<"created" | "exists" | "no_project">;
  /** Read strongly; also revoked and expired ones. Names no project: the credential does. */
  readCredential(tokenHash: string): Promise<Credential | null>;
  readCredentialById(projectId: string, id: string): Promise<Credential | null>;
  /** Not revoked ones, by id; also expired ones. */
  listCredentials(request: {
    readonly projectId: string;
    readonly afterId: string | null;
    readonly limit: number;
    readonly now: number;
  }): Promise<readonly Credential[]>;
  /** Sets `revokedAt` if it is not set to an earlier time. A revoked one is remembered for 30 days. */
  revokeCredential(projectId: string, id: string, revokedAt: number): Promise<"revoked" | "not_found">;
  /** Sets `expiresAt` if it is not set to an earlier time. */
  expireCredential(projectId: string, id: string, expiresAt: number): Promise<"changed" | "not_found">;
  /** Notes when credentials were last used; a later time wins. Operator. */
  touchCredentials(
    uses: readonly { readonly projectId: string; readonly id: string; readonly lastUsedAt: number }[],
  ): Promise<void>;
  /** Operator: forgets those revoked before this time; gives how many. */
  forgetCredentials(revokedBefore: number, limit: number): Promise<number>;
}

/** A job with the hold of the node that runs it. */
export interface HeldJob {
  readonly job: Job;
  readonly fence: number;
}

/** Jobs: work that outlives its request, one step at a time, on whichever node holds them. */
export interface JobStore {
  createJob(job: Job): Promise<void>;
  readJob(projectId: string, id: string): Promise<Job | null>;
  /** Operator: takes the running job, of the given kinds, that nobody holds and that waited longest since it was made or its last hold ended, with a new, higher fence. */
  takeJob(request: {
    readonly kinds: readonly JobKind[];
    readonly now: number;
    readonly until: number;
  }): Promise<HeldJob | null>;
  /** Writes progress or the end and prolongs the hold to `until` (or frees the job with `until <= now`). `lost`: another node took it since, or it is no longer running. */
  saveJob(held: HeldJob, until: number): Promise<"saved" | "lost">;
  cancelJob(projectId: string, id: string, now: number): Promise<"cancelled" | "finished" | "not_found">;
  /** Operator: forgets jobs finished before this time; gives how many. */
  forgetJobs(finishedBefore: number, limit: number): Promise<number>;
}
