import { acknowledgeUnheld } from "./acknowledge-unheld.ts";
import { addDeliveries } from "./add-deliveries.ts";
import { cancelDelivery } from "./cancel-delivery.ts";
import { closeDeliveries } from "./close-deliveries.ts";
import {
  createCredential,
  expireCredential,
  forgetCredentials,
  revokeCredential,
  touchCredentials,
} from "./credentials.ts";
import { deleteEvent } from "./delete-event.ts";
import { dropDeliveries } from "./drop-deliveries.ts";
import { expireKeys, touchEventTypes } from "./events.ts";
import { exhaustDeliveries } from "./exhaust-deliveries.ts";
import { expandPlan } from "./expand-plan.ts";
import { expireEvents } from "./expire-events.ts";
import { importRows } from "./import-rows.ts";
import { cancelJob, createJob, forgetJobs, saveJob, takeJob } from "./jobs.ts";
import { leaseDeliveries } from "./lease-deliveries.ts";
import type { Database } from "./open-database.ts";
import { claimShards, releaseShards, renewShards } from "./owners.ts";
import { addKey, createProject, deleteProject, putSetting, renameProject } from "./projects.ts";
import { purgeProject } from "./purge-project.ts";
import { recordEvents } from "./record-events.ts";
import { redriveDelivery } from "./redrive-delivery.ts";
import { settleDeliveries } from "./settle-deliveries.ts";
import { changeSubscription, createSubscription, forgetSubscriptions } from "./subscriptions.ts";

/** The operations that write. Each is one synchronous step over the open database, in the transaction of its caller. */
export const WRITES = {
  recordEvents,
  expandPlan,
  deleteEvent,
  expireEvents,
  expireKeys,
  touchEventTypes,
  leaseDeliveries,
  settleDeliveries,
  acknowledgeUnheld,
  cancelDelivery,
  redriveDelivery,
  addDeliveries,
  closeDeliveries,
  exhaustDeliveries,
  dropDeliveries,
  createSubscription,
  changeSubscription,
  forgetSubscriptions,
  claimShards,
  renewShards,
  releaseShards,
  createJob,
  takeJob,
  saveJob,
  cancelJob,
  forgetJobs,
  createProject,
  renameProject,
  deleteProject,
  purgeProject,
  addKey,
  putSetting,
  createCredential,
  revokeCredential,
  expireCredential,
  touchCredentials,
  forgetCredentials,
  importRows,
  /** Takes and gives back the lock for writing. */
  probe: (_db: Database): void => {},
} as const;

type Writes = typeof WRITES;
export type WriteName = keyof Writes;
export type WriteArgs<Name extends WriteName> = Writes[Name] extends (
  db: Database,
  ...args: infer Args
) => unknown
  ? Args
  : never;
export type WriteResult<Name extends WriteName> = ReturnType<Writes[Name]>;

/** One operation with its arguments. */
export interface WriteCall {
  readonly name: WriteName;
  readonly args: readonly unknown[];
}
