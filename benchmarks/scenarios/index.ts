import type { Scenario } from "../scenario.ts";
import { acceptAndDeliver } from "./accept-and-deliver.ts";
import { bareHandler } from "./bare-handler.ts";
import { batchIngest } from "./batch-ingest.ts";
import { deadEndpoints } from "./dead-endpoints.ts";
import { deepBacklog } from "./deep-backlog.ts";
import { leaseAndAcknowledge } from "./lease-and-acknowledge.ts";
import { manySubscriptions } from "./many-subscriptions.ts";
import { postgresBacklog } from "./postgres-backlog.ts";
import { postgresIngest } from "./postgres-ingest.ts";
import { postgresNodes } from "./postgres-nodes.ts";
import { pushLatency } from "./push-latency.ts";
import { singleIngest } from "./single-ingest.ts";
import { unsealedIngest } from "./unsealed-ingest.ts";

/** All that is measured, in the order of their numbers. */
export const SCENARIOS: readonly Scenario[] = [
  bareHandler,
  singleIngest,
  unsealedIngest,
  batchIngest,
  leaseAndAcknowledge,
  deepBacklog,
  acceptAndDeliver,
  pushLatency,
  deadEndpoints,
  manySubscriptions,
  postgresIngest,
  postgresNodes,
  postgresBacklog,
];
