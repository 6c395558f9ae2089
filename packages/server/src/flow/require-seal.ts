import { TriggersError } from "../domain/errors.ts";
import type { ProjectSeal } from "../seal/project-seal.ts";
import type { Sealer } from "../seal/sealer.ts";

/** The seal of a project that a credential named a moment ago. */
export async function requireSeal(sealer: Sealer, projectId: string): Promise<ProjectSeal> {
  const seal = await sealer.sealOf(projectId);
  if (seal === null) throw new TriggersError("unauthenticated", "The project of this credential is gone.");
  return seal;
}
