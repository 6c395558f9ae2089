import { afterAll, beforeAll, expect, it } from "vitest";
import type { z } from "zod";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";
import { ROUTES } from "./index.ts";

let app: TestApp;
let eventId: string;
let held: { readonly delivery_id: string; readonly lease_token: string };
beforeAll(async () => {
  app = await openTestApp();
  const body = { payload: { n: 1 }, type: "a", tags: ["t"], occurred_at: "2026-11-22T10:00:00Z" };
  for (let n = 0; n < 4; n++) eventId = (await app.request("POST", "/v1/events", { body })).json.event_id;
  const { json } = await app.request("POST", "/v1/inbox/lease", { body: { limit: 1 } });
  const [{ delivery_id, lease_token }] = json.deliveries;
  held = { delivery_id, lease_token };
});
afterAll(() => app.close());

function schemaOf(operationId: string, status: number): z.ZodType {
  const schema = ROUTES.find((route) => route.operationId === operationId)?.answers[status]?.schema;
  if (schema === undefined) throw new Error(`${operationId} has no ${status} with a schema`);
  return schema;
}

const cloudEvent = { specversion: "1.0", id: "1", source: "/s", type: "t", n: 5, data: [1] };
const structured = { "content-type": "application/cloudevents+json" };

it.each<
  [string, string, () => { path: string; status?: number; body?: unknown; headers?: Record<string, string> }]
>([
  ["postEvents", "POST", () => ({ path: "/v1/events", status: 201, body: { payload: {} } })],
  ["postEvents", "POST", () => ({ path: "/v1/events", status: 201, body: cloudEvent, headers: structured })],
  ["postEvents", "POST", () => ({ path: "/v1/events", body: cloudEvent, headers: structured })],
  [
    "postEventBatch",
    "POST",
    () => ({ path: "/v1/events/batch", body: { events: [{ payload: {} }, { payload: 1 }] } }),
  ],
  ["listEvents", "GET", () => ({ path: "/v1/events?limit=3" })],
  ["listEvents", "GET", () => ({ path: "/v1/events?view=fact" })],
  ["getEvent", "GET", () => ({ path: `/v1/events/${eventId}` })],
  ["listEventDeliveries", "GET", () => ({ path: `/v1/events/${eventId}/deliveries` })],
  ["listInbox", "GET", () => ({ path: "/v1/inbox" })],
  ["leaseInbox", "POST", () => ({ path: "/v1/inbox/lease", body: { limit: 1 } })],
  [
    "extendLeases",
    "POST",
    () => ({ path: "/v1/inbox/extend", body: { deliveries: [{ ...held, lease_seconds: 9 }] } }),
  ],
  ["ackDeliveries", "POST", () => ({ path: "/v1/inbox/ack", body: { deliveries: [held] } })],
  ["releaseDeliveries", "POST", () => ({ path: "/v1/inbox/release", body: { deliveries: [held] } })],
  ["buryDeliveries", "POST", () => ({ path: "/v1/inbox/bury", body: { deliveries: [held] } })],
  ["acknowledgeEvent", "POST", () => ({ path: `/v1/events/${eventId}/ack` })],
])("%s answers %s as its schema says, and nothing else", async (operationId, method, send) => {
  const { path, status = 200, body, headers = {} } = send();
  const answer = await app.request(method, path, { ...(body === undefined ? {} : { body }), headers });
  expect(answer.status).toBe(status);
  expect(schemaOf(operationId, status).parse(answer.json)).toEqual(answer.json);
});
