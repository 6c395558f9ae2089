import { factOutput } from "../schemas/event.ts";
import { OWNER_EVENTS, pushedCloudEvent, pushedPayload } from "../schemas/webhook-request.ts";
import type { ComponentSchemas, JsonSchema } from "./component-schemas.ts";

const HEADERS: Readonly<Record<string, { description: string; example?: string; isOptional?: true }>> = {
  "webhook-id": {
    description: "Id of the delivery: the same for each attempt. What was seen before is a repetition.",
    example: "AZrAVn8BcACAAAAAAAAAAAAAAAAAAHAAgAAAAAAAAAA",
  },
  "webhook-timestamp": {
    description:
      "When this attempt was made, in seconds since the epoch. Refuse what is older than 5 minutes.",
    example: "1763800000",
  },
  "webhook-signature": {
    description:
      "Standard Webhooks: `v1,` and the base64 of the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` by the secret. While secrets are rotated several, with spaces between: one that fits is enough.",
    example: "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  },
  traceparent: { description: "W3C Trace Context, if the event came with one.", isOptional: true },
  tracestate: { description: "W3C Trace Context, if the event came with one.", isOptional: true },
  "user-agent": { description: "`triggers-api/` and the version of the server." },
};

const EVENT = {
  id: "019ac056-7f01-7000-8000-000000000000",
  timestamp: "2026-11-22T10:00:00.123Z",
  type: "order.created",
  source: "shop",
  subject: "cus_9",
  occurred_at: "2026-11-22T10:00:00.000Z",
  ordering_key: null,
  tags: ["eu"],
  metadata: { priority: "normal", tags: ["eu"] },
  extensions: null,
  payload: { order_id: "ord_1", amount: 4999 },
};

const CLOUD_EVENT = {
  specversion: "1.0",
  id: EVENT.id,
  source: EVENT.source,
  type: EVENT.type,
  datacontenttype: "application/json",
  time: EVENT.occurred_at,
  subject: EVENT.subject,
  data: EVENT.payload,
};

/** The `webhooks` of OpenAPI 3.1: what an endpoint gets from us, and what we make of its answer. */
export function describeWebhooks(schemas: ComponentSchemas): Readonly<Record<string, JsonSchema>> {
  const owner = Object.entries(OWNER_EVENTS).map(([type, { summary, description, schema }]) => {
    const content = { "application/json": { schema: schemas.add(schema, "output") } };
    const operationId = `receive${type.split(".").map(capital).join("")}`;
    return [type, { post: operationOf({ operationId, summary, description, content }) }];
  });
  return { event: { post: describeEvent(schemas) }, ...Object.fromEntries(owner) };
}

function describeEvent(schemas: ComponentSchemas): JsonSchema {
  const add = (schema: Parameters<ComponentSchemas["add"]>[0]) => schemas.add(schema, "output");
  return operationOf({
    operationId: "receiveEvent",
    summary: "An event, pushed to a webhook",
    description:
      "What a subscription of channel `webhook` gets. Its `format` decides what the body is. A delivery may come more than once; its `webhook-id` tells. The headers of the subscription come besides.",
    content: {
      "application/json": {
        schema: { anyOf: [add(factOutput), add(pushedPayload)] },
        examples: {
          event: { summary: "`format: event`", value: EVENT },
          payload: { summary: "`format: payload`", value: EVENT.payload },
        },
      },
      "application/cloudevents+json": {
        schema: add(pushedCloudEvent),
        examples: { cloudevents: { summary: "`format: cloudevents`", value: CLOUD_EVENT } },
      },
    },
  });
}

function operationOf(parts: {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly content: JsonSchema;
}): JsonSchema {
  const { content, ...told } = parts;
  return {
    ...told,
    tags: ["Deliveries"],
    security: [],
    parameters: Object.entries(HEADERS).map(([name, { description, example, isOptional }]) => ({
      name,
      in: "header",
      required: isOptional !== true,
      description,
      schema: { type: "string" },
      ...(example === undefined ? {} : { example }),
    })),
    requestBody: { required: true, content },
    responses: ANSWERS,
  };
}

const RETRY = {
  "Retry-After": { description: "Seconds or a date, up to 24 h.", schema: { type: "string" } },
};

const ANSWERS = {
  "2XX": { description: "Acknowledged, once the headers are complete; the body does not matter." },
  "410": { description: "The subscription ends: nothing more is sent." },
  default: {
    description:
      "Tried again by the schedule of the subscription, and not before `Retry-After`. So is what is not answered in time, and redirects are not followed.",
    headers: RETRY,
  },
};

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
