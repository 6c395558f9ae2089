import type { Route } from "../route.ts";
import { ackDeliveries } from "./ack-deliveries.ts";
import { acknowledgeEvent } from "./acknowledge-event.ts";
import { buryDeliveries } from "./bury-deliveries.ts";
import { cancelDelivery } from "./cancel-delivery.ts";
import { cancelJob } from "./cancel-job.ts";
import { changeSubscription } from "./change-subscription.ts";
import { createKey } from "./create-key.ts";
import { createProject } from "./create-project.ts";
import { createSubscription } from "./create-subscription.ts";
import { deleteEvent } from "./delete-event.ts";
import { deleteProject } from "./delete-project.ts";
import { deleteSubscription } from "./delete-subscription.ts";
import { explainEvent } from "./explain-event.ts";
import { extendLeases } from "./extend-leases.ts";
import { getDelivery } from "./get-delivery.ts";
import { getDocs } from "./get-docs.ts";
import { getDocsScript } from "./get-docs-script.ts";
import { getErrorsPage } from "./get-errors-page.ts";
import { getEvent } from "./get-event.ts";
import { getEventPayload } from "./get-event-payload.ts";
import { getHealth } from "./get-health.ts";
import { getHome } from "./get-home.ts";
import { getJob } from "./get-job.ts";
import { getMe } from "./get-me.ts";
import { getMetrics } from "./get-metrics.ts";
import { getOpenApi } from "./get-openapi.ts";
import { getProject } from "./get-project.ts";
import { getReadiness } from "./get-readiness.ts";
import { getSubscription } from "./get-subscription.ts";
import { getSubscriptionSecret } from "./get-subscription-secret.ts";
import { getSubscriptionStats } from "./get-subscription-stats.ts";
import { leaseInbox } from "./lease-inbox.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { listEventDeliveries } from "./list-event-deliveries.ts";
import { listEventTypes } from "./list-event-types.ts";
import { listEvents } from "./list-events.ts";
import { listInbox } from "./list-inbox.ts";
import { listKeys } from "./list-keys.ts";
import { listSubscriptions } from "./list-subscriptions.ts";
import { pauseSubscription } from "./pause-subscription.ts";
import { postEventBatch } from "./post-event-batch.ts";
import { postEvents } from "./post-events.ts";
import { putSubscriptionByName } from "./put-subscription-by-name.ts";
import { redriveDeliveries } from "./redrive-deliveries.ts";
import { redriveDelivery } from "./redrive-delivery.ts";
import { releaseDeliveries } from "./release-deliveries.ts";
import { renameProject } from "./rename-project.ts";
import { replayEvent } from "./replay-event.ts";
import { resumeSubscription } from "./resume-subscription.ts";
import { revokeKey } from "./revoke-key.ts";
import { rotateKey } from "./rotate-key.ts";
import { rotateSubscriptionSecret } from "./rotate-subscription-secret.ts";
import { startReplay } from "./start-replay.ts";
import { streamEvents } from "./stream-events.ts";
import { testFilter } from "./test-filter.ts";
import { testSubscription } from "./test-subscription.ts";

/** Everything that the server answers, in the order of docs/openapi.json. */
export const ROUTES: readonly Route[] = [
  // Events
  postEvents,
  postEventBatch,
  listEvents,
  streamEvents,
  getEvent,
  getEventPayload,
  listEventDeliveries,
  explainEvent,
  deleteEvent,
  listEventTypes,
  // Inbox
  listInbox,
  leaseInbox,
  ackDeliveries,
  releaseDeliveries,
  buryDeliveries,
  extendLeases,
  acknowledgeEvent,
  // Subscriptions
  createSubscription,
  listSubscriptions,
  getSubscription,
  changeSubscription,
  deleteSubscription,
  pauseSubscription,
  resumeSubscription,
  putSubscriptionByName,
  getSubscriptionStats,
  getSubscriptionSecret,
  rotateSubscriptionSecret,
  testSubscription,
  testFilter,
  // Deliveries, replays and jobs
  listDeliveries,
  getDelivery,
  redriveDelivery,
  cancelDelivery,
  redriveDeliveries,
  replayEvent,
  startReplay,
  getJob,
  cancelJob,
  // Keys
  getMe,
  createKey,
  listKeys,
  revokeKey,
  rotateKey,
  // Projects, for the operator
  createProject,
  getProject,
  renameProject,
  deleteProject,
  // The server itself
  getHealth,
  getReadiness,
  getMetrics,
  getOpenApi,
  getDocs,
  getDocsScript,
  getErrorsPage,
  getHome,
];
