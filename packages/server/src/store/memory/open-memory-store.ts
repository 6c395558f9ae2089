import { ENDPOINT_SHARDS } from "../../domain/subscription.ts";
import { makeDemands } from "../make-demands.ts";
import type { Store } from "../store.ts";
import { acknowledgeUnheld } from "./acknowledge-unheld.ts";
import { addDeliveries } from "./add-deliveries.ts";
import { cancelDelivery } from "./cancel-delivery.ts";
import { closeDeliveries } from "./close-deliveries.ts";
import { makeCredentials } from "./credentials.ts";
import { deleteEvent } from "./delete-event.ts";
import { makeDeliveries } from "./deliveries.ts";
import { dropDeliveries } from "./drop-deliveries.ts";
import { makeEvents } from "./events.ts";
import { exhaustDeliveries } from "./exhaust-deliveries.ts";
import { expandPlan } from "./expand-plan.ts";
import { expireEvents } from "./expire-events.ts";
import { makeJobs } from "./jobs.ts";
import { makeLanes } from "./lanes.ts";
import { leaseDeliveries } from "./lease-deliveries.ts";
import { makeOwners } from "./owners.ts";
import { makeProjects } from "./projects.ts";
import { readFeed, seekFeed } from "./read-feed.ts";
import { recordEvents } from "./record-events.ts";
import { redriveDelivery } from "./redrive-delivery.ts";
import { settleDeliveries } from "./settle-deliveries.ts";
import { makeSubscriptions } from "./subscriptions.ts";
import { makeTables } from "./tables.ts";

/**
 * Opens a store that lives as long as its process: for tests, demonstrations and as the measure of the others. Each operation is one synchronous step, and so
 * atomic; what it answers is frozen, and stored bytes are copies.
 */
export async function openMemoryStore(): Promise<Store> {
  const tables = makeTables(ENDPOINT_SHARDS);
  return {
    kind: "memory",
    matchDelayMs: 0,
    feedDelayMs: 0,
    sealsEvents: false,
    writesInOrder: true,
    clockOffsetMs: async () => 0,
    checkHealth: async () => {},
    close: async () => {},
    recordEvents: async (records) => recordEvents(tables, records),
    expandPlan: async (request) => expandPlan(tables, request),
    deleteEvent: async (projectId, eventId, now) => deleteEvent(tables, { projectId, eventId, now }),
    expireEvents: async (request) => expireEvents(tables, request),
    readFeed: async (request) => readFeed(tables, request),
    seekFeed: async (projectId, at) => seekFeed(tables, projectId, at),
    leaseDeliveries: async (request) => leaseDeliveries(tables, request),
    settleDeliveries: async (request) => settleDeliveries(tables, request),
    acknowledgeUnheld: async (request) => acknowledgeUnheld(tables, request),
    cancelDelivery: async (request) => cancelDelivery(tables, request),
    redriveDelivery: async (request) => redriveDelivery(tables, request),
    addDeliveries: async (request) => addDeliveries(tables, request),
    closeDeliveries: async (request) => closeDeliveries(tables, request),
    exhaustDeliveries: async (request) => exhaustDeliveries(tables, request),
    dropDeliveries: async (projectId, keys, now) => dropDeliveries(tables, { projectId, keys, now }),
    ...makeEvents(tables),
    ...makeDeliveries(tables),
    ...makeLanes(tables),
    ...makeSubscriptions(tables),
    ...makeOwners(tables),
    ...makeJobs(tables),
    ...makeProjects(tables),
    ...makeCredentials(tables),
    ...makeDemands(),
  };
}
