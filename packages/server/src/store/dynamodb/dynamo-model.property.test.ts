import { describeModel } from "../contract/model.property.ts";
import { openDynamoStore } from "./open-dynamo-store.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

/** One thing happens after the other, so the feed needs no delay. */
const tuning = {
  copiesLastMs: 20,
  feedDelayMs: 0,
  commitWithinMs: Number.POSITIVE_INFINITY,
  storeTime: () => Number.MAX_SAFE_INTEGER,
  removesEarly: true,
};

const open = async () => openDynamoStore(await openTestTables(), tuning);

// A sequence takes the stand-in 1 to 3 s.
describeModel("dynamodb", { open }, { runs: 8, timeoutMs: 600_000 });
