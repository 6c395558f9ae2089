import { openMemoryStore } from "./memory/open-memory-store.ts";
import { openSqliteStore } from "./sqlite/open-sqlite-store.ts";
import type { Store } from "./store.ts";

/** Opens the store that the setting `TRIGGERS_STORE` names. `dataDir`: absolute path, for `sqlite`. */
export function openStore({
  store,
  dataDir,
}: {
  readonly store: string;
  readonly dataDir: string;
}): Promise<Store> {
  return store === "memory" ? openMemoryStore() : openSqliteStore({ dataDir });
}
