import type { CopyableStore } from "../../copy-store.ts";
import { openPostgresStore } from "../open-postgres-store.ts";
import { emptyDatabase } from "./installed-database.ts";
import { openTestDatabase, type TestDatabase } from "./open-test-database.ts";

interface Kept {
  readonly store: CopyableStore;
  readonly database: TestDatabase;
}

const free: Kept[] = [];
const lent = new Map<CopyableStore, Kept>();

/**
 * A store that holds nothing. Closing it empties it for the next: its connections stay, with all that they have prepared, which is most of the work of a short test.
 */
export async function openTestStore(): Promise<CopyableStore> {
  return lend(free.pop() ?? (await openAnew(await openTestDatabase())));
}

/** Closes a store and opens what it left. */
export async function reopenTestStore(store: CopyableStore): Promise<CopyableStore> {
  const kept = lent.get(store);
  if (kept === undefined) throw new Error("no such store");
  lent.delete(store);
  await kept.store.close();
  return lend(await openAnew(kept.database));
}

export async function closeTestStores(): Promise<void> {
  for (const { store, database } of free.splice(0)) {
    await store.close();
    await database.release();
  }
}

async function openAnew(database: TestDatabase): Promise<Kept> {
  return { store: await openPostgresStore({ url: database.url }), database };
}

function lend(kept: Kept): CopyableStore {
  const store: CopyableStore = {
    ...kept.store,
    async close() {
      if (!lent.delete(store)) return;
      await emptyDatabase(kept.database.url);
      free.push(kept);
    },
  };
  lent.set(store, kept);
  return store;
}
