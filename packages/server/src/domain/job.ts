/** Work that runs on after its request. */
export const JOB_KINDS = [
  "delete_subscription",
  "end_subscription",
  "back_fill",
  "replay",
  "redrive",
  "delete_project",
] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export type JobState = "running" | "done" | "failed" | "cancelled";

/** Times are ms since the epoch. */
export interface Job {
  readonly projectId: string;
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  /** JSON text: what to do, as the kind needs it; sealed when it holds a filter. */
  readonly input: Uint8Array;
  /** How far it is, in words of its kind; written with each step. */
  readonly position: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly error: string | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}
