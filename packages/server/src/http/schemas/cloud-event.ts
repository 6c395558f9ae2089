import { z } from "zod";

const attribute = z.union([z.string(), z.boolean(), z.int().min(-0x8000_0000).max(0x7fff_ffff), z.null()]);

/** A CloudEvent 1.0 in the JSON event format. */
export const cloudEventInput = z
  .object({
    specversion: z.literal("1.0"),
    id: z
      .string()
      .min(1)
      .meta({ description: "With `source` the idempotency key, unless the header gives one." }),
    source: z
      .string()
      .min(1)
      .max(256)
      .meta({ format: "uri-reference", examples: ["/shop"] }),
    type: z
      .string()
      .min(1)
      .max(256)
      .meta({ examples: ["order.created"] }),
    subject: z.string().min(1).max(256).nullish(),
    time: z
      .string()
      .nullish()
      .meta({ format: "date-time", description: "Becomes `occurred_at`, to the millisecond." }),
    partitionkey: z.string().min(1).max(256).nullish().meta({ description: "Becomes `ordering_key`." }),
    traceparent: z.string().nullish(),
    datacontenttype: z
      .string()
      .nullish()
      .meta({ description: "JSON only.", examples: ["application/json"] }),
    dataschema: z.string().nullish().meta({ format: "uri" }),
    data: z
      .unknown()
      .optional()
      .meta({ description: "Becomes `payload`: any JSON value; null where there is none." }),
  })
  .catchall(attribute)
  .meta({
    id: "CloudEvent",
    description:
      "CloudEvents 1.0, JSON event format. `id`, `dataschema` and attributes that are not listed here come back in `extensions`.",
  });

export const cloudEventBatchInput = z.array(cloudEventInput).max(1_000).meta({ id: "CloudEventBatch" });
