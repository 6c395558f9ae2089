import type { Sent } from "../harness/client.ts";
import { BODIES, ENVELOPES } from "./body-cases.ts";
import { type RequestCase, refusal } from "./refusal.ts";

const UNKNOWN_ID = "019a0000-0000-7000-8000-000000000000";
const KEY_32 = "0".repeat(32);

const POST = "POST /v1/events";
const BATCH = "POST /v1/events/batch";
const invalid = refusal(422, "invalid_request");

const unauthenticated = refusal(401, "unauthenticated");
const header = (headers: Record<string, string | null>): Sent => ({ headers });
const credentials: readonly RequestCase[] = [
  unauthenticated("no key", "GET /v1/me", header({ authorization: null })),
  unauthenticated("a wrong key", "GET /v1/me", header({ authorization: `Bearer ${KEY_32}` })),
  unauthenticated("a wrong key", "GET /v1/me", header({ authorization: null, "x-api-key": KEY_32 })),
  unauthenticated("no key after Bearer", "GET /v1/me", header({ authorization: "Bearer " })),
  unauthenticated("another scheme", "GET /v1/me", header({ authorization: "Basic YTpi" })),
  unauthenticated("two keys", "GET /v1/me", header({ "x-api-key": KEY_32 })),
  unauthenticated("an empty key", "GET /v1/me", header({ authorization: null, "x-api-key": "" })),
  unauthenticated("a key of 8 KiB", "GET /v1/me", header({ authorization: `Bearer ${"k".repeat(8_192)}` })),
  unauthenticated("no key", "GET /v1/no-such-thing", header({ authorization: null })),
  unauthenticated("no key", "DELETE /v1/events", header({ authorization: null })),
  unauthenticated("no key, bad JSON", POST, { body: "{", headers: { authorization: null } }),
  refusal(403, "forbidden")("a key of a project", "GET /metrics"),
  refusal(403, "forbidden")("a key of a project", "GET /v1/projects/1"),
  refusal(403, "forbidden")("a key of a project", "POST /v1/projects", { body: { name: "n" } }),
];

const notFound = refusal(404, "not_found");
const notAllowed = (call: string, allow: string): RequestCase => ({
  ...refusal(405, "method_not_allowed")("a method that is not there", call),
  allow,
});
const routes: readonly RequestCase[] = [
  ...["GET /v2/events", "GET /v1", "GET /v1/", "GET /v1/nothing", "GET /favicon.png", "GET /v1/events/"].map(
    (call) => notFound("an unknown path", call),
  ),
  ...["GET /../etc/passwd", "GET /..%2f..%2fetc%2fpasswd", "GET //v1/me", "GET /V1/me", "GET /v1/ME"].map(
    (call) => notFound("an unknown path", call),
  ),
  ...[
    UNKNOWN_ID,
    "1",
    "null",
    "%00",
    "%F0%9F%92%A9",
    "a".repeat(600),
    "..%2f..",
    "%25",
    "'%20OR%201=1--",
  ].flatMap((id) => [
    notFound("no such id", `GET /v1/events/${id}`),
    notFound("no such id", `DELETE /v1/events/${id}`),
  ]),
  notFound("no such id", `GET /v1/events/${UNKNOWN_ID.toUpperCase()}`),
  notFound("no such id", `GET /v1/events/${UNKNOWN_ID}/payload`),
  notFound("no such id", `GET /v1/events/${UNKNOWN_ID}/deliveries`),
  notFound("no such id", `POST /v1/events/${UNKNOWN_ID}/ack`),
  notFound("no such id", `GET /v1/subscriptions/${UNKNOWN_ID}`),
  notFound("no such id", `PATCH /v1/subscriptions/${UNKNOWN_ID}`, { body: {} }),
  notFound("no such id", `POST /v1/subscriptions/${UNKNOWN_ID}/pause`),
  notFound("no such id", `DELETE /v1/keys/${UNKNOWN_ID}`),
  notFound("no such inbox", "GET /v1/inbox?inbox=nobody"),
  notFound("no such inbox", "POST /v1/inbox/lease?inbox=nobody", { body: {} }),
  ...["GET /v1/events/%zz", "GET /v1/events/%C3%28", "GET /%"].map((call) =>
    refusal(400, "malformed_request")("bad percent-encoding", call),
  ),
  notAllowed("DELETE /v1/events", "GET, HEAD, POST"),
  notAllowed("PUT /v1/inbox/ack", "POST"),
  notAllowed(`POST /v1/events/${UNKNOWN_ID}`, "DELETE, GET, HEAD"),
  notAllowed("GET /v1/inbox/lease", "POST"),
  notAllowed("POST /v1/me", "GET, HEAD"),
  notAllowed("POST /healthz", "GET, HEAD"),
  notAllowed("DELETE /", "GET, HEAD"),
];

const query = refusal(400, "invalid_query");
const queries: readonly RequestCase[] = [
  ...[
    "limit=0",
    "limit=1001",
    "limit=-1",
    "limit=1.5",
    "limit=ten",
    "limit=",
    "limit=1&limit=2",
    "limit=1e3",
  ].map((text) => query("a faulty limit", `GET /v1/events?${text}`)),
  ...[
    "order=up",
    "status=gone",
    "after=yesterday",
    "before=1",
    "view=all",
    "type=",
    "unknown=1",
    "=1",
    "&",
    "subject",
  ].map((text) => query("a faulty parameter", `GET /v1/events?${text}`)),
  query("bad percent-encoding", "GET /v1/events?type=%zz"),
  query("bytes that are not UTF-8", "GET /v1/events?subject=%C3%28"),
  query("a parameter twice", "GET /v1/events?type=a&type=b"),
  query(
    "10 KiB of parameters",
    `GET /v1/events?${Array.from({ length: 1_000 }, (_, index) => `p${index}=1`).join("&")}`,
  ),
  query("a parameter where none is known", "GET /v1/me?verbose=1"),
  query("an unknown on_invalid", `${BATCH}?on_invalid=ignore`, { body: { events: [{ payload: {} }] } }),
  query("an empty inbox", "GET /v1/inbox?inbox="),
  ...["x", "%00", "a".repeat(300), "eyJhIjoxfQ"].map((cursor) =>
    refusal(400, "invalid_cursor")("a cursor that is none", `GET /v1/events?cursor=${cursor}`),
  ),
  refusal(400, "invalid_cursor")(
    "a position that is none",
    "GET /v1/events/stream",
    header({ "last-event-id": "x" }),
  ),
];

const held = (more: Record<string, unknown> = {}) => [
  { delivery_id: "A".repeat(43), lease_token: "t", ...more },
];
const inbox: readonly RequestCase[] = [
  ...[0, 1_001, -1, 1.5, "ten", null].map((limit) =>
    invalid(`limit ${limit}`, "POST /v1/inbox/lease", { body: { limit } }),
  ),
  ...[0, 43_201, "60", 0.5].map((lease_seconds) =>
    invalid(`lease_seconds ${lease_seconds}`, "POST /v1/inbox/lease", { body: { lease_seconds } }),
  ),
  ...[-1, 61, "1"].map((wait_seconds) =>
    invalid(`wait_seconds ${wait_seconds}`, "POST /v1/inbox/lease", { body: { wait_seconds } }),
  ),
  invalid("an unknown field", "POST /v1/inbox/lease", { body: { inbox: "main" } }),
  ...["ack", "release", "bury", "extend"].flatMap((verb) => [
    invalid("no deliveries", `POST /v1/inbox/${verb}`, { body: { deliveries: [] } }),
    invalid("no token", `POST /v1/inbox/${verb}`, {
      body: { deliveries: [{ delivery_id: "A".repeat(43) }] },
    }),
    invalid("an unknown field", `POST /v1/inbox/${verb}`, { body: { deliveries: held({ unknown: 1 }) } }),
    invalid("nothing", `POST /v1/inbox/${verb}`, { body: {} }),
  ]),
  invalid("1,001 deliveries", "POST /v1/inbox/ack", {
    body: { deliveries: Array.from({ length: 1_001 }, () => held()[0]) },
  }),
  invalid("a delay below zero", "POST /v1/inbox/release", {
    body: { deliveries: held({ delay_seconds: -1 }) },
  }),
  invalid("a delay of a day", "POST /v1/inbox/release", {
    body: { deliveries: held({ delay_seconds: 86_400 }) },
  }),
  invalid("a lease of a day", "POST /v1/inbox/extend", {
    body: { deliveries: held({ lease_seconds: 86_400 }) },
  }),
];

const SUBSCRIPTIONS = "POST /v1/subscriptions";
const filter = (value: unknown): Sent => ({ body: { name: "bad", channel: "inbox", filter: value } });
const changes: readonly RequestCase[] = [
  invalid("no name", SUBSCRIPTIONS, { body: { channel: "inbox" } }),
  invalid("another channel", SUBSCRIPTIONS, { body: { name: "n", channel: "pigeon" } }),
  invalid("a name like an id", SUBSCRIPTIONS, { body: { name: UNKNOWN_ID, channel: "inbox" } }),
  invalid("no attempts", SUBSCRIPTIONS, {
    body: { name: "n", channel: "inbox", retry: { max_attempts: 0 } },
  }),
  refusal(409, "name_taken")("the name of the main inbox", SUBSCRIPTIONS, {
    body: { name: "main", channel: "inbox" },
  }),
  ...[
    { type: [] },
    { type: [{ nonsense: 1 }] },
    { payload: { a: [{ numeric: [">"] }] } },
    { payload: {} },
  ].map((value) =>
    refusal(422, "invalid_filter")(`filter ${JSON.stringify(value)}`, SUBSCRIPTIONS, filter(value)),
  ),
  refusal(422, "invalid_filter")("an unknown field of the event", SUBSCRIPTIONS, filter({ colour: ["red"] })),
  invalid("an unknown scope", "POST /v1/keys", { body: { name: "n", scopes: ["everything"] } }),
  invalid("no scope", "POST /v1/keys", { body: { name: "n", scopes: [] } }),
  invalid("a time that is none", "POST /v1/keys", {
    body: { name: "n", scopes: ["events:read"], expires_at: "soon" },
  }),
  invalid("a body where none belongs", `POST /v1/events/${UNKNOWN_ID}/ack`, { body: { a: 1 } }),
];

const hook = (webhook: Record<string, unknown>, more: Record<string, unknown> = {}): Sent => ({
  body: { channel: "webhook", webhook: { url: "https://example.com/a", ...webhook }, ...more },
});
const push: readonly RequestCase[] = [
  ...[
    "",
    "example.com",
    "ftp://example.com/",
    "https://user:pass@example.com/",
    "https://example.com:22/",
  ].map((url) => invalid(`url ${url}`, SUBSCRIPTIONS, hook({ url }))),
  ...[
    "http://127.0.0.1/",
    "http://[::1]/",
    "http://0x7f.1/",
    "http://169.254.169.254/",
    "http://localhost/",
  ].map((url) => invalid(`url ${url}`, SUBSCRIPTIONS, hook({ url }))),
  ...[
    "http://[::ffff:10.0.0.1]/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://[64:ff9b::a00:1]/",
  ].map((url) => invalid(`url ${url}`, SUBSCRIPTIONS, hook({ url }))),
  invalid("an unknown format", SUBSCRIPTIONS, hook({ format: "xml" })),
  invalid("a header of ours", SUBSCRIPTIONS, hook({ headers: { "webhook-id": "x" } })),
  invalid("a header with a line break", SUBSCRIPTIONS, hook({ headers: { "x-a": "b\r\nx-c: d" } })),
  invalid("61 s", SUBSCRIPTIONS, hook({ timeout_seconds: 61 })),
  invalid("a pace of nothing", SUBSCRIPTIONS, hook({ rate_per_second: 0 })),
  invalid("nothing in flight", SUBSCRIPTIONS, hook({ max_in_flight: 0 })),
  invalid("a schedule of texts", SUBSCRIPTIONS, hook({}, { retry: { schedule_seconds: ["5"] } })),
  invalid("a wait below zero", SUBSCRIPTIONS, hook({}, { retry: { schedule_seconds: [-5] } })),
  invalid("a secret that is none", SUBSCRIPTIONS, hook({}, { secret: "whsec_short" })),
  invalid("no webhook", SUBSCRIPTIONS, { body: { channel: "webhook" } }),
  ...["1", UNKNOWN_ID, "A".repeat(43), "a".repeat(64)].map((id) =>
    notFound("no such id", `GET /v1/deliveries/${id}`),
  ),
  notFound("no such id", `POST /v1/deliveries/${"A".repeat(43)}/redrive`),
  notFound("no such id", `POST /v1/events/${UNKNOWN_ID}/replay`),
  notFound("no such id", `GET /v1/jobs/${UNKNOWN_ID}`),
  notFound("no such id", `POST /v1/jobs/${UNKNOWN_ID}/cancel`),
  notFound("no such id", `POST /v1/subscriptions/${UNKNOWN_ID}/test`),
  query("a state that is no filter", "GET /v1/deliveries?state=blocked"),
  query("an id that is none", "GET /v1/deliveries?event_id=1"),
  invalid("a time that is none", "POST /v1/replays", { body: { after: "soon" } }),
  invalid("an unknown field", "POST /v1/deliveries/redrive", { body: { all: true } }),
  invalid("neither event nor id", "POST /v1/filters/test", { body: { filter: null } }),
];

/** Every case has one fault. */
export const REQUEST_CASES: Readonly<Record<string, readonly RequestCase[]>> = {
  ...{ credentials, routes, bodies: BODIES, envelopes: ENVELOPES, queries, inbox, changes, push },
};
