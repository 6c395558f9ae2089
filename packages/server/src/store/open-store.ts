import { readAwsAddress } from "../domain/aws-address.ts";
import { OperatorError } from "../domain/errors.ts";
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
  if (store === "memory") throw new OperatorError("The memory store ends with its process.");
  if (store === "sqlite") return openSqliteStore({ dataDir });
  // Drivers are loaded only where they are used.
  const address = readAwsAddress(store);
  if (address !== null) {
    const { openDynamoStore } = await import("./dynamodb/open-dynamo-store.ts");
    return openDynamoStore({ ...address, ...ENDPOINTS });
  }
  const { openPostgresStore } = await import("./postgres/open-postgres-store.ts");
  return openPostgresStore({ url: store });
}

/** The SDK reads `AWS_ENDPOINT_URL_DYNAMODB` and `AWS_ENDPOINT_URL_S3` itself. */
const ENDPOINTS = { endpoint: null, bucketEndpoint: null } as const;

/** Makes what a store needs before its first start, and gives the names of what was missing; null: this store does that at its start. */
export async function migrateStore({
  store,
}: Pick<StoreSettings, "store">): Promise<readonly string[] | null> {
  const address = readAwsAddress(store);
  if (address === null) return null;
  const { migrateDynamoStore } = await import("./dynamodb/open-dynamo-store.ts");
  return migrateDynamoStore({ ...address, ...ENDPOINTS });
}

export { backUpSqlite };
