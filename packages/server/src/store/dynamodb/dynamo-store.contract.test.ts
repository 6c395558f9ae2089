import { describeCopies } from "../contract/copies.contract.ts";
import { describeStore } from "../contract/describe-store.ts";
import { T0 } from "../contract/make-records.ts";
import type { CopyableStore } from "../copy-store.ts";
import type { Store } from "../store.ts";
import { type DynamoPlace, openDynamoStore } from "./open-dynamo-store.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

const FEED_DELAY_MS = 15_000;

/** The events of the contract are all made at `T0`: the service's clock stands where the feed just shows them, and no commit is late. */
const tuning = {
  copiesLastMs: 20,
  feedDelayMs: FEED_DELAY_MS,
  commitWithinMs: Number.POSITIVE_INFINITY,
  keyPatienceMs: 2 * FEED_DELAY_MS,
  storeTime: () => T0 + FEED_DELAY_MS,
  removesEarly: true,
};

const places = new Map<Store, DynamoPlace>();

describeStore("dynamodb", {
  feedDelayMs: FEED_DELAY_MS,
  forgetsKeysItself: true,
  open: async () => openAt(await openTestTables()),
  async reopen(store) {
    const place = places.get(store);
    if (place === undefined) throw new Error("no such store");
    await store.close();
    return openAt(place);
  },
});

describeCopies("dynamodb", { open: async () => openAt(await openTestTables()) });

async function openAt(place: DynamoPlace): Promise<CopyableStore> {
  const store = await openDynamoStore(place, tuning);
  places.set(store, place);
  return store;
}
