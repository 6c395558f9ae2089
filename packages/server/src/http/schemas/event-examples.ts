import { cloudEventBatchInput, cloudEventInput } from "./cloud-event.ts";
import { eventBatchInput, eventInput, ndjsonInput } from "./event.ts";
import type { SchemaExamples } from "./examples.ts";

const order = { order_id: "ord_1", amount: 4_999 };
const cloudEvent = { specversion: "1.0", id: "A234-1234-1234", source: "/shop", type: "order.created" };
const timeFault = "must be a time as RFC 3339 writes it, such as 2026-11-22T10:00:00.000Z";

export const eventExamples: SchemaExamples = {
  EventInput: {
    schema: eventInput,
    valid: {
      "the least": { payload: order },
      "every field": {
        payload: order,
        type: "order.created",
        source: "shop",
        subject: "cus_9",
        occurred_at: "2026-11-22T10:00:00Z",
        ordering_key: "ord_1",
        tags: ["eu"],
        metadata: { priority: "high", any: "thing" },
        deliver_at: null,
      },
      "tags inside metadata": { payload: {}, metadata: { tags: ["eu"] } },
      "delivered later": { payload: order, deliver_at: "2026-11-22T10:00:00Z" },
    },
    invalid: {
      "no payload": { value: { type: "order.created" }, fault: "/payload is required" },
      "a payload that is no object": { value: { payload: [1] }, fault: "/payload must be an object" },
      "an empty type": {
        value: { payload: {}, type: "" },
        fault: "/type must be dotted parts of A-Z a-z 0-9 _ -",
      },
      "a type with a space": {
        value: { payload: {}, type: "order created" },
        fault: "/type must be dotted parts of A-Z a-z 0-9 _ -",
      },
      "an empty subject": { value: { payload: {}, subject: "" }, fault: "/subject must not be empty" },
      "a line break in the source": {
        value: { payload: {}, source: "shop\nfloor" },
        fault: "/source must not contain control characters",
      },
      "a time without an offset": {
        value: { payload: {}, occurred_at: "2026-11-22T10:00:00" },
        fault: `/occurred_at ${timeFault}`,
      },
      "a long ordering key": {
        value: { payload: {}, ordering_key: "k".repeat(257) },
        fault: "/ordering_key must be at most 256 characters long",
      },
      "a tag that is no text": { value: { payload: {}, tags: ["eu", 1] }, fault: "/tags/1 must be a string" },
      "tags in two places": {
        value: { payload: {}, tags: ["eu"], metadata: { tags: ["eu"] } },
        fault: "/metadata/tags must not stand beside `tags`",
      },
      "an unknown priority": {
        value: { payload: {}, metadata: { priority: "urgent" } },
        fault: '/metadata/priority must be one of "high", "normal", "low"',
      },
      "metadata above 16 KiB": {
        value: { payload: {}, metadata: { note: "n".repeat(16_384) } },
        fault: "/metadata must be at most 16384 bytes long",
      },
      "delivery in a year": {
        value: { payload: {}, deliver_at: "9999-01-01T00:00:00Z" },
        fault: "/deliver_at must be at most 30 days ahead",
      },
      "a delay in a line": {
        value: { payload: {}, deliver_at: "2026-11-22T10:00:00Z", ordering_key: "ord_1" },
        fault: "/deliver_at must not stand beside `ordering_key`",
      },
      "a field of ours": { value: { payload: {}, id: "1" }, fault: "/id is not a field here" },
      "not an object": { value: [], fault: " must be an object" },
    },
  },
  EventBatchInput: {
    schema: eventBatchInput,
    valid: {
      "two events": {
        events: [
          { payload: order, idempotency_key: "ord_1" },
          { payload: {}, type: "order.paid" },
        ],
      },
    },
    invalid: {
      "no event": { value: { events: [] }, fault: "/events must not be empty" },
      "events that are none": { value: { events: {} }, fault: "/events must be an array" },
      "a key with a line break": {
        value: { events: [{ payload: {}, idempotency_key: "a\nb" }] },
        fault: "/events/0/idempotency_key must be printable ASCII",
      },
    },
  },
  EventLines: {
    schema: ndjsonInput,
    valid: { "two events": '{"payload":{"n":1}}\n{"payload":{"n":2},"type":"order.paid"}\n' },
    invalid: { "not a text": { value: 1, fault: " must be a string" } },
  },
  CloudEvent: {
    schema: cloudEventInput,
    valid: {
      "with an extension": {
        ...cloudEvent,
        time: "2026-11-22T10:00:00Z",
        partitionkey: "ord_1",
        comexampleothervalue: 5,
        data: order,
      },
      "without data": cloudEvent,
    },
    invalid: {
      "another version": {
        value: { ...cloudEvent, specversion: "0.3" },
        fault: '/specversion must be "1.0"',
      },
      "no id": { value: { ...cloudEvent, id: undefined }, fault: "/id is required" },
      "an object for an attribute": {
        value: { ...cloudEvent, extra: {} },
        fault: "/extra has none of the forms that are taken here",
      },
    },
  },
  CloudEventBatch: {
    schema: cloudEventBatchInput,
    valid: { "two events": [cloudEvent, { ...cloudEvent, id: "A234-1234-1235" }] },
    invalid: { "one event": { value: cloudEvent, fault: " must be an array" } },
  },
};
