import type { DynamoDBClient, DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { makeBucket, openS3Blobs } from "../../blobs/open-s3-blobs.ts";
import { TriggersError } from "../../domain/errors.ts";
import type { CopyableStore, OperationName } from "../copy-store.ts";
import { acknowledgeUnheld } from "./acknowledge-unheld.ts";
import { addDeliveries } from "./add-deliveries.ts";
import { cancelDelivery } from "./cancel-delivery.ts";
import { closeDeliveries } from "./close-deliveries.ts";
import type { Connection } from "./connection.ts";
import { makeCredentials } from "./credentials.ts";
import { deleteEvent } from "./delete-event.ts";
import { makeDeliveries } from "./deliveries.ts";
import { dropDeliveries } from "./drop-deliveries.ts";
import type { Dynamo } from "./dynamo.ts";
import { makeEvents } from "./events.ts";
import { exhaustDeliveries } from "./exhaust-deliveries.ts";
import { expandPlan } from "./expand-plan.ts";
import { expireEvents } from "./expire-events.ts";
import { countRows, exportRows } from "./export-rows.ts";
import { findFaults } from "./find-faults.ts";
import { HEAT_LIMITS, type HeatLimits, makeHeat } from "./heat.ts";
import { importRows } from "./import-rows.ts";
import { makeJobs } from "./jobs.ts";
import { makeLanes } from "./lanes.ts";
import { leaseDeliveries } from "./lease-deliveries.ts";
import { migrateTables } from "./migrate.ts";
import { makeOwners } from "./owners.ts";
import { makePlaces } from "./places.ts";
import { SETTINGS } from "./project-rows.ts";
import { makeProjects } from "./projects.ts";
import { makeQueueShards } from "./queue-shards.ts";
import { makeRates } from "./rates.ts";
import { readFeed, seekFeed } from "./read-feed.ts";
import { readItem } from "./read-items.ts";
import { recordEvents } from "./record-events.ts";
import { redriveDelivery } from "./redrive-delivery.ts";
import { settleDeliveries } from "./settle-deliveries.ts";
import { makeSubscriptions } from "./subscriptions.ts";
import { tableNames } from "./tables.ts";
import { isTableMissing } from "./translate-errors.ts";
import { watchTime } from "./watch-time.ts";

/** Where the tables are. Credentials come as the SDK finds them (`AWS_*`, roles, profiles). */
export interface DynamoPlace {
  readonly region: string;
  /** Before the names of all tables. */
  readonly prefix: string;
  /** For contents of more than 256 KiB. */
  readonly bucket: string;
  /** Of stand-ins; null: of the region. */
  readonly endpoint: string | null;
  readonly bucketEndpoint: string | null;
}

/** What tests set otherwise. */
export interface DynamoTuning {
  /** How long a node uses what it knows of a project. */
  readonly copiesLastMs?: number;
  readonly feedDelayMs?: number;
  readonly commitWithinMs?: number;
  readonly keyPatienceMs?: number;
  readonly heat?: HeatLimits;
  /** Retention removes what is settled, and what is past its last date, instead of the storage's TTL. */
  readonly removesEarly?: boolean;
  readonly storeTime?: () => number;
  readonly configure?: (client: DynamoDBClient) => void;
}

/** A filter holds on every node after this time: 2 s of a snapshot, and as much as clocks may differ. */
const MATCH_DELAY_MS = 5_000;
const COPIES_LAST_MS = 2_000;
/** A commit may take 5 s, and two clocks may be 5 s off, each to its side. */
const FEED_DELAY_MS = 15_000;
const COMMIT_WITHIN_MS = 5_000;
/** Twice the time that a commit may take. */
const KEY_PATIENCE_MS = 10_000;

/** No request is worth waiting longer for: a commit may take 5 s. */
const REQUEST_MS = 2_000;
const MAX_ATTEMPTS = 4;

/** Opens the tables of an installation; they are there already (`triggers store migrate`), else this is refused. */
export async function openDynamoStore(place: DynamoPlace, tuning: DynamoTuning = {}): Promise<CopyableStore> {
  const connection = await connect(place, tuning);
  await checkTables(connection);
  const time = watchTime(connection.client);
  const dynamo: Dynamo = {
    ...connection,
    places: makePlaces(connection, tuning.copiesLastMs ?? COPIES_LAST_MS),
    queueShards: makeQueueShards(),
    blobs: openS3Blobs({ region: place.region, bucket: place.bucket, endpoint: place.bucketEndpoint }),
    heat: makeHeat(tuning.heat ?? HEAT_LIMITS),
    inHand: new Set(),
    backlogSeen: new Map(),
    removesEarly: tuning.removesEarly ?? false,
    feedDelayMs: tuning.feedDelayMs ?? FEED_DELAY_MS,
    commitWithinMs: tuning.commitWithinMs ?? COMMIT_WITHIN_MS,
    keyPatienceMs: tuning.keyPatienceMs ?? KEY_PATIENCE_MS,
    storeTime: tuning.storeTime ?? time.now,
  };
  return {
    kind: "dynamodb",
    matchDelayMs: MATCH_DELAY_MS,
    feedDelayMs: dynamo.feedDelayMs,
    sealsEvents: false,
    writesInOrder: false,
    clockOffsetMs: async () => {
      await readItem(connection, "control", { pk: SETTINGS, sk: "#time" });
      return time.offsetMs();
    },
    checkHealth: async () => {
      await readItem(connection, "control", { pk: SETTINGS, sk: "#health" });
    },
    close: async () => {
      dynamo.blobs.close();
      connection.client.destroy();
    },
    ...makeOperations(dynamo),
  };
}

function makeOperations(dynamo: Dynamo): Pick<CopyableStore, OperationName> {
  return {
    recordEvents: (records) => recordEvents(dynamo, records),
    expandPlan: (request) => expandPlan(dynamo, request),
    deleteEvent: (projectId, eventId, now) => deleteEvent(dynamo, { projectId, eventId, now }),
    expireEvents: (request) => expireEvents(dynamo, request),
    readFeed: (request) => readFeed(dynamo, request),
    seekFeed: (projectId, at) => seekFeed(dynamo, projectId, at),
    leaseDeliveries: (request) => leaseDeliveries(dynamo, request),
    settleDeliveries: (request) => settleDeliveries(dynamo, request),
    acknowledgeUnheld: (request) => acknowledgeUnheld(dynamo, request),
    cancelDelivery: (request) => cancelDelivery(dynamo, request),
    redriveDelivery: (request) => redriveDelivery(dynamo, request),
    addDeliveries: (request) => addDeliveries(dynamo, request),
    closeDeliveries: (request) => closeDeliveries(dynamo, request),
    exhaustDeliveries: (request) => exhaustDeliveries(dynamo, request),
    dropDeliveries: (projectId, keys, now) => dropDeliveries(dynamo, { projectId, keys, now }),
    ...makeEvents(dynamo),
    ...makeDeliveries(dynamo),
    ...makeLanes(dynamo),
    ...makeSubscriptions(dynamo),
    ...makeOwners(dynamo),
    ...makeJobs(dynamo),
    ...makeProjects(dynamo),
    ...makeCredentials(dynamo),
    ...makeRates(dynamo),
    countRows: (kind) => countRows(dynamo, kind),
    exportRows: (request) => exportRows(dynamo, request),
    importRows: (kind, rows) => importRows(dynamo, kind, rows),
    findFaults: (limit) => findFaults(dynamo, limit),
  };
}

/** Makes the tables and the bucket that are missing; gives their names. */
export async function migrateDynamoStore(place: DynamoPlace, tuning: DynamoTuning = {}): Promise<string[]> {
  const connection = await connect(place, tuning);
  try {
    const made = await migrateTables(connection, place.prefix);
    const { region, bucket, bucketEndpoint: endpoint } = place;
    return (await makeBucket({ region, bucket, endpoint })) ? [...made, bucket] : made;
  } catch (error) {
    throw error instanceof TriggersError ? error : forOperator(error);
  } finally {
    connection.client.destroy();
  }
}

async function connect({ region, prefix, endpoint }: DynamoPlace, tuning: DynamoTuning): Promise<Connection> {
  const sdk = await import("@aws-sdk/client-dynamodb");
  const settings: DynamoDBClientConfig = {
    region,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      requestTimeout: REQUEST_MS,
      connectionTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
    },
    ...(endpoint === null ? {} : { endpoint }),
  };
  const client = new sdk.DynamoDBClient(settings);
  tuning.configure?.(client);
  return { sdk, client, tables: tableNames(prefix) };
}

async function checkTables({ sdk, client, tables }: Connection): Promise<void> {
  for (const TableName of [tables.events, tables.control])
    try {
      await client.send(new sdk.DescribeTableCommand({ TableName }));
    } catch (error) {
      client.destroy();
      if (!isTableMissing(error)) throw forOperator(error);
      const detail = `The table ${TableName} is missing; run \`triggers store migrate\`, then start again.`;
      throw new TriggersError("storage_unavailable", detail, { cause: error });
    }
}

/** At a start or a migration somebody reads what the service itself says: of rights, credentials or a region. */
function forOperator(error: unknown): TriggersError {
  const reason = error instanceof Error ? error.message : String(error);
  return new TriggersError("storage_unavailable", `DynamoDB cannot be used: ${reason}`, { cause: error });
}
