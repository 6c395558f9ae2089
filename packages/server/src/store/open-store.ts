import { TriggersError } from "../domain/errors.ts";
import type { CopyableStore } from "./copy-store.ts";
import { openMemoryStore } from "./memory/open-memory-store.ts";
import { backUpSqlite } from "./sqlite/back-up.ts";
import { openSqliteStore } from "./sqlite/open-sqlite-store.ts";
import type { Store } from "./store.ts";

/** What a store is opened by: the setting `TRIGGERS_STORE`, and for `sqlite` the absolute path of the data folder. */
interface StoreSettings {
  readonly store: string;
  readonly dataDir: string;
}

/** Opens the store that the settings name. */
export async function openStore(settings: StoreSettings): Promise<Store> {
  return settings.store === "memory" ? openMemoryStore() : openCopyableStore(settings);
}

/** Opens a store that outlives its process. */
export async function openCopyableStore({ store, dataDir }: StoreSettings): Promise<CopyableStore> {
  if (store === "memory")
    throw new TriggersError("invalid_request", "The memory store ends with its process.");
  if (store === "sqlite") return openSqliteStore({ dataDir });
  // Its driver is loaded only where it is used.
  const { openPostgresStore } = await import("./postgres/open-postgres-store.ts");
  return openPostgresStore({ url: store });
}

export { backUpSqlite };
