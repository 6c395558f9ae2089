/** The tenant. Every row belongs to exactly one project, and the credential alone names it. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
}

/** A key of a project, wrapped by the master key. */
export interface WrappedKey {
  /** Short id, written into every row it sealed. */
  readonly id: string;
  /** `data` keys seal rows and rotate; the one `index` key makes blind indexes and never rotates. */
  readonly kind: "data" | "index";
  readonly wrapped: Uint8Array;
  readonly createdAt: number;
}
