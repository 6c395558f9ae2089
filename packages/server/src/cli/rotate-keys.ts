import { openStorage } from "../app.ts";
import { readConfig } from "../config.ts";
import { TriggersError } from "../domain/errors.ts";
import type { Project } from "../domain/project.ts";
import type { Store } from "../store/store.ts";

const PAGE = 100;

/** Gives each project (or one) a new data key for new rows. */
export async function rotateKeys(options: {
  readonly project?: string;
  readonly json?: true;
}): Promise<void> {
  const { store, sealer, clock } = await openStorage(readConfig());
  try {
    let count = 0;
    for await (const { id, name } of projectsOf(store, options.project)) {
      if ((await sealer.rotateDataKey(id, clock.now())) === "no_project") continue;
      count += 1;
      const line = options.json
        ? JSON.stringify({ project: id, rotated: true })
        : `rotated the data key of ${name} (${id})`;
      process.stdout.write(`${line}\n`);
    }
    if (count === 0) throw new TriggersError("not_found", "There is no such project.");
  } finally {
    await store.close();
  }
}

async function* projectsOf(store: Store, only: string | undefined): AsyncGenerator<Project> {
  if (only !== undefined) {
    const project = await store.readProject(only);
    if (project !== null) yield project;
    return;
  }
  let afterId: string | null = null;
  for (;;) {
    const page: readonly Project[] = await store.listProjects({ afterId, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    afterId = page.at(-1)?.id ?? null;
  }
}
