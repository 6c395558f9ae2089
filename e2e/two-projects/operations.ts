import type { Inhabitant } from "./inhabitant.ts";

/** Of the shape of every id of ours, and of nothing. */
const UNKNOWN_ID = "019a0000-0000-7000-8000-000000000000";
const UNKNOWN_DELIVERY = "AZoAAAAAcACAAAAAAAAAAAGaAAAAAHAAgAAAAAAAAAA";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** Names a thing of the other project, or (null) one that nobody has. `ours`: the caller's. */
type MakeCall = (of: Inhabitant | null, ours: Inhabitant) => Call;

/**
 * How an operation is tried with another project's things.
 * `foreign`: by that id or name, and by one that nobody has: the answers are equal, and have this status.
 * `list`: shows nothing of the other project.
 * `unbound`: names no object of a project, for the reason given.
 */
export type Row =
  | { readonly kind: "foreign"; readonly call: MakeCall; readonly status: number }
  | { readonly kind: "list"; readonly path: string }
  | { readonly kind: "unbound"; readonly why: string };

const foreign = (call: MakeCall, status = 404): Row => ({ kind: "foreign", call, status });
const list = (path: string): Row => ({ kind: "list", path });
const unbound = (why: string): Row => ({ kind: "unbound", why });

const get = (path: string): Call => ({ method: "GET", path });
const post = (path: string, body?: unknown): Call => ({ method: "POST", path, body });

const event = (of: Inhabitant | null) => `/v1/events/${of?.eventId ?? UNKNOWN_ID}`;
const inboxId = (of: Inhabitant | null) => of?.inboxId ?? UNKNOWN_ID;
const inbox = (of: Inhabitant | null) => `/v1/subscriptions/${inboxId(of)}`;
const webhook = (of: Inhabitant | null) => `/v1/subscriptions/${of?.webhookId ?? UNKNOWN_ID}`;
const key = (of: Inhabitant | null) => `/v1/keys/${of?.keyId ?? UNKNOWN_ID}`;
const delivery = (of: Inhabitant | null) => `/v1/deliveries/${of?.deadId ?? UNKNOWN_DELIVERY}`;
const job = (of: Inhabitant | null) => `/v1/jobs/${of?.jobId ?? UNKNOWN_ID}`;
const project = (of: Inhabitant | null) => `/v1/projects/${of?.projectId ?? UNKNOWN_ID}`;
const named = (of: Inhabitant | null) => `inbox=${of?.inboxName ?? "no-such-inbox"}`;
const numbered = (of: Inhabitant | null) => `inbox=${inboxId(of)}`;
const held = (of: Inhabitant | null, more: Record<string, unknown> = {}) => ({
  deliveries: [
    {
      delivery_id: of?.leased.delivery_id ?? UNKNOWN_DELIVERY,
      lease_token: of?.leased.lease_token ?? "no-such-token",
      ...more,
    },
  ],
});
const PUBLIC = unbound("public, knows no project");
const MAKES = unbound("makes something in the caller's project");

/** One row or more for each operation of the published contract. */
export const OPERATIONS: Readonly<Record<string, readonly Row[]>> = {
  postEvents: [MAKES],
  postEventBatch: [MAKES],
  listEvents: [list("/v1/events?limit=1000"), list("/v1/events?order=oldest&limit=1000")],
  streamEvents: [unbound("has a test of its own")],
  getEvent: [foreign((of) => get(event(of)))],
  getEventPayload: [foreign((of) => get(`${event(of)}/payload`))],
  listEventDeliveries: [foreign((of) => get(`${event(of)}/deliveries`))],
  explainEvent: [foreign((of) => get(`${event(of)}/explain`))],
  deleteEvent: [foreign((of) => ({ method: "DELETE", path: event(of) }))],
  acknowledgeEvent: [
    foreign((of) => post(`${event(of)}/ack`)),
    foreign((of) => post(`${event(of)}/ack?${named(of)}`)),
    foreign((of, ours) => post(`${event(ours)}/ack?${numbered(of)}`)),
  ],
  listEventTypes: [list("/v1/event-types")],
  listInbox: [
    foreign((of) => get(`/v1/inbox?${named(of)}`)),
    foreign((of) => get(`/v1/inbox?${numbered(of)}`)),
  ],
  leaseInbox: [
    foreign((of) => post(`/v1/inbox/lease?${named(of)}`, {})),
    foreign((of) => post(`/v1/inbox/lease?${numbered(of)}`, {})),
  ],
  ackDeliveries: [foreign((of) => post("/v1/inbox/ack", held(of)), 200)],
  releaseDeliveries: [foreign((of) => post("/v1/inbox/release", held(of)), 200)],
  buryDeliveries: [foreign((of) => post("/v1/inbox/bury", held(of)), 200)],
  extendLeases: [foreign((of) => post("/v1/inbox/extend", held(of, { lease_seconds: 9 })), 200)],
  createSubscription: [MAKES],
  putSubscriptionByName: [MAKES],
  listSubscriptions: [list("/v1/subscriptions?limit=1000")],
  getSubscription: [foreign((of) => get(inbox(of))), foreign((of) => get(webhook(of)))],
  getSubscriptionStats: [foreign((of) => get(`${inbox(of)}/stats`))],
  getSubscriptionSecret: [foreign((of) => get(`${webhook(of)}/secret`))],
  rotateSubscriptionSecret: [foreign((of) => post(`${webhook(of)}/rotate-secret`, {}))],
  testSubscription: [foreign((of) => post(`${webhook(of)}/test`))],
  changeSubscription: [foreign((of) => ({ method: "PATCH", path: inbox(of), body: { labels: ["mine"] } }))],
  deleteSubscription: [foreign((of) => ({ method: "DELETE", path: inbox(of) }))],
  pauseSubscription: [foreign((of) => post(`${inbox(of)}/pause`))],
  resumeSubscription: [foreign((of) => post(`${inbox(of)}/resume`))],
  testFilter: [
    foreign((of) => post("/v1/filters/test", { filter: null, event_id: of?.eventId ?? UNKNOWN_ID })),
    unbound("with `last` it looks at the caller's newest events"),
  ],
  listDeliveries: [
    list("/v1/deliveries?limit=1000"),
    foreign((of) => get(`/v1/deliveries?subscription_id=${inboxId(of)}`), 200),
    foreign((of) => get(`/v1/deliveries?event_id=${of?.eventId ?? UNKNOWN_ID}`), 200),
  ],
  getDelivery: [foreign((of) => get(delivery(of)))],
  redriveDelivery: [foreign((of) => post(`${delivery(of)}/redrive`))],
  cancelDelivery: [foreign((of) => post(`${delivery(of)}/cancel`, { reason: "mine" }))],
  redriveDeliveries: [
    foreign((of) => post("/v1/deliveries/redrive", { subscription_id: inboxId(of) })),
    foreign((of) => post("/v1/deliveries/redrive", { subscription_id: inboxId(of), dry_run: true })),
  ],
  replayEvent: [
    foreign((of) => post(`${event(of)}/replay`)),
    foreign((of, ours) => post(`${event(ours)}/replay`, { subscription_id: inboxId(of) })),
  ],
  startReplay: [foreign((of) => post("/v1/replays", { filter: null, subscription_id: inboxId(of) }))],
  getJob: [foreign((of) => get(job(of)))],
  cancelJob: [foreign((of) => post(`${job(of)}/cancel`))],
  getMe: [list("/v1/me")],
  createKey: [MAKES],
  listKeys: [list("/v1/keys?limit=1000")],
  revokeKey: [foreign((of) => ({ method: "DELETE", path: key(of) }))],
  rotateKey: [foreign((of) => post(`${key(of)}/rotate`))],
  createProject: [unbound("for the operator alone")],
  getProject: [foreign((of) => get(project(of)), 403)],
  renameProject: [foreign((of) => ({ method: "PATCH", path: project(of), body: { name: "mine" } }), 403)],
  deleteProject: [foreign((of) => ({ method: "DELETE", path: project(of) }), 403)],
  getMetrics: [unbound("for the operator alone")],
  ...{ getHealth: [PUBLIC], getReadiness: [PUBLIC], getOpenApi: [PUBLIC], getHome: [PUBLIC] },
  ...{ getDocs: [PUBLIC], getDocsScript: [PUBLIC], getErrorsPage: [PUBLIC] },
};
