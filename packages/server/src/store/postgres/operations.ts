import type { CopyableStore, OperationName } from "../copy-store.ts";
import { acknowledgeUnheld } from "./acknowledge-unheld.ts";
import { addDeliveries } from "./add-deliveries.ts";
import { cancelDelivery } from "./cancel-delivery.ts";
import { closeDeliveries } from "./close-deliveries.ts";
import {
  createCredential,
  expireCredential,
  forgetCredentials,
  listCredentials,
  readCredential,
  readCredentialById,
  revokeCredential,
  touchCredentials,
} from "./credentials.ts";
import { deleteEvent } from "./delete-event.ts";
import {
  countDeliveries,
  nextDueAt,
  readAttempts,
  readDeliveriesOfEvents,
  readDelivery,
} from "./deliveries.ts";
import { dropDeliveries } from "./drop-deliveries.ts";
import { expireKeys, listEvents, listEventTypes, readEvents, touchEventTypes } from "./events.ts";
import { exhaustDeliveries } from "./exhaust-deliveries.ts";
import { expandPlan } from "./expand-plan.ts";
import { expireEvents } from "./expire-events.ts";
import { countRows, exportRows } from "./export-rows.ts";
import { findFaults } from "./find-faults.ts";
import { importRows } from "./import-rows.ts";
import { cancelJob, createJob, forgetJobs, readJob, saveJob, takeJob } from "./jobs.ts";
import { listLanes, readLane } from "./lanes.ts";
import { leaseDeliveries } from "./lease-deliveries.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { listWaiting } from "./list-waiting.ts";
import type { Database } from "./open-database.ts";
import { claimShards, listOwners, releaseShards, renewShards } from "./owners.ts";
import { countPlan, listPlans } from "./plans.ts";
import {
  addKey,
  createProject,
  deleteProject,
  listProjects,
  putSetting,
  readKeys,
  readProject,
  readSetting,
  renameProject,
} from "./projects.ts";
import { purgeProject } from "./purge-project.ts";
import { exchangeDemands } from "./rates.ts";
import { readFeed, seekFeed } from "./read-feed.ts";
import { recordEvents } from "./record-events.ts";
import { redriveDelivery } from "./redrive-delivery.ts";
import { settleDeliveries } from "./settle-deliveries.ts";
import {
  changeSubscription,
  createSubscription,
  forgetSubscriptions,
  listByShards,
  listExpired,
  listSubscriptions,
  readMatchSet,
  readSubscription,
  readSubscriptionByName,
} from "./subscriptions.ts";

type Operation<Name extends OperationName> = (
  db: Database,
  ...args: Parameters<CopyableStore[Name]>
) => ReturnType<CopyableStore[Name]>;

/** Every operation of the port, over an open database. */
export const OPERATIONS: { readonly [Name in OperationName]: Operation<Name> } = {
  recordEvents,
  readEvents,
  listEvents,
  deleteEvent,
  expandPlan,
  countPlan,
  listPlans,
  expireEvents,
  expireKeys,
  touchEventTypes,
  listEventTypes,
  readFeed,
  seekFeed,
  leaseDeliveries,
  settleDeliveries,
  acknowledgeUnheld,
  cancelDelivery,
  redriveDelivery,
  addDeliveries,
  closeDeliveries,
  exhaustDeliveries,
  dropDeliveries,
  readDelivery,
  listDeliveries,
  readDeliveriesOfEvents,
  listWaiting,
  nextDueAt,
  countDeliveries,
  readAttempts,
  readLane,
  listLanes,
  createSubscription,
  readSubscription,
  readSubscriptionByName,
  listSubscriptions,
  changeSubscription,
  readMatchSet,
  listByShards,
  listExpired,
  forgetSubscriptions,
  claimShards,
  renewShards,
  releaseShards,
  listOwners,
  createJob,
  readJob,
  takeJob,
  saveJob,
  cancelJob,
  forgetJobs,
  createProject,
  readProject,
  listProjects,
  renameProject,
  deleteProject,
  purgeProject,
  readKeys,
  addKey,
  readSetting,
  putSetting,
  createCredential,
  readCredential,
  readCredentialById,
  listCredentials,
  revokeCredential,
  expireCredential,
  touchCredentials,
  forgetCredentials,
  exchangeDemands,
  countRows,
  exportRows: exportRows as unknown as Operation<"exportRows">,
  importRows: importRows as unknown as Operation<"importRows">,
  findFaults,
};
