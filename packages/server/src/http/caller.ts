import type { Scope } from "../domain/credential.ts";

/** Who sent a request, as its credential says. */
export interface Caller {
  readonly projectId: string;
  readonly credentialId: string;
  readonly scopes: readonly Scope[];
}

/** The caller of a public route. */
export const ANONYMOUS: Caller = { projectId: "", credentialId: "anonymous", scopes: [] };

/** The holder of `TRIGGERS_OPERATOR_KEY`: belongs to no project and has none of a project's scopes. */
export const OPERATOR: Caller = { projectId: "", credentialId: "operator", scopes: [] };
