import { z } from "zod";
import { deliveryIdOutput } from "./delivery.ts";
import { factOutput } from "./event.ts";
import { idOutput } from "./id.ts";
import { timeOutput } from "./time.ts";

/** An event with a payload of its own, as `format: payload` sends it. */
export const pushedPayload = z.unknown().meta({
  id: "PushedPayload",
  description: "`format: payload`: the payload alone, byte for byte as it was sent.",
});

export const pushedCloudEvent = z
  .looseObject({
    specversion: z.literal("1.0"),
    id: z.string().meta({ description: "Of the CloudEvent that was accepted, or else of our event." }),
    source: z.string().meta({ format: "uri-reference" }),
    type: z.string(),
    time: timeOutput.meta({ description: "When it occurred, or else was accepted." }),
    datacontenttype: z.string().nullable(),
    subject: z.string().optional(),
    partitionkey: z.string().optional().meta({ description: "The `ordering_key`." }),
    traceparent: z.string().optional(),
    tracestate: z.string().optional(),
    data: z.unknown().meta({ description: "The payload, byte for byte as it was sent." }),
  })
  .meta({
    id: "PushedCloudEvent",
    description: "`format: cloudevents`: CloudEvents 1.0, JSON event format.",
  });

/** An event that we tell an owner of. */
function ownerEvent(type: string, payload: z.ZodType) {
  return factOutput.extend({ type: z.literal(type), source: z.literal("triggers"), payload });
}

const reason = z.string().nullable();
const what = { event_id: idOutput, subscription_id: idOutput };

/** What we tell an owner of, by its type: ordinary events that one can subscribe to. */
export const OWNER_EVENTS = {
  "subscription.disabled": {
    summary: "A webhook was disabled",
    description:
      "It had no success for 5 days. It goes on collecting; resume it when its endpoint works again.",
    schema: ownerEvent("subscription.disabled", z.object({ subscription_id: idOutput, reason })).meta({
      id: "SubscriptionDisabledEvent",
    }),
  },
  "subscription.ended": {
    summary: "A subscription has ended",
    description:
      "Its endpoint answered 410 (`gone`), or its time was over (`expired`). This one stands for all deliveries that were given up with it.",
    schema: ownerEvent(
      "subscription.ended",
      z.object({ subscription_id: idOutput, reason, deliveries_given_up: z.int() }),
    ).meta({ id: "SubscriptionEndedEvent" }),
  },
  "delivery.dead": {
    summary: "A delivery has become a dead letter",
    description: "Redrive it when what hindered it is mended.",
    schema: ownerEvent(
      "delivery.dead",
      z.object({ delivery_id: deliveryIdOutput, ...what, reason, attempt: z.int() }),
    ).meta({ id: "DeliveryDeadEvent" }),
  },
  "delivery.expired": {
    summary: "A delivery waited too long",
    description: "It was still open when the time that events wait was over.",
    schema: ownerEvent("delivery.expired", z.object({ ...what, reason })).meta({
      id: "DeliveryExpiredEvent",
    }),
  },
} as const;
