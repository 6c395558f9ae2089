import type { Project } from "../domain/project.ts";
import { formatTime } from "./time.ts";

/** A project as it is answered. */
export function renderProject({ id, name, createdAt }: Project) {
  return { id, name, created_at: formatTime(createdAt) };
}
