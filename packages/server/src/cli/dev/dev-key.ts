import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "../../app.ts";

const FILE = "dev.key";

/**
 * A key for the first project of a data folder: the one that this start made, or the one that an earlier `triggers dev` kept, or a new one. Kept in the folder, so that what was pasted yesterday
 * works today; it lies there beside the master key, which opens all that it opens.
 */
export async function ensureDevKey({ store, flow, firstKey, config }: App): Promise<string> {
  const path = join(config.dataDir, FILE);
  const kept = firstKey === null ? await readKept(path) : null;
  if (kept !== null && (await flow.findCredential(kept)) !== null) return kept;
  const key = firstKey ?? (await makeKey({ store, flow }));
  await writeFile(path, `${key}\n`, { mode: 0o600 });
  return key;
}

async function makeKey({ store, flow }: Pick<App, "store" | "flow">): Promise<string> {
  const [project] = await store.listProjects({ afterId: null, limit: 1 });
  if (project === undefined) throw new Error("The store has no project.");
  const wish = { name: "triggers dev", scopes: ["project:admin"], expiresAt: null } as const;
  const { token } = await flow.createKey(project.id, ["project:admin"], wish);
  return token;
}

async function readKept(path: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
