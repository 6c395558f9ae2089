import { z } from "zod";
import { SCOPES } from "../../domain/credential.ts";
import type { SchemaExamples } from "./examples.ts";
import { idOutput } from "./id.ts";
import { textInput } from "./text.ts";
import { timeInput, timeOutput } from "./time.ts";

const NAME_LENGTH = 128;
/** A week: long enough to bring a new key to every sender. */
const OVERLAP_HOURS = 168;

const scopesInput = z
  .array(z.enum(SCOPES))
  .min(1)
  .max(SCOPES.length)
  .refine((scopes) => new Set(scopes).size === scopes.length, "must name each scope once");

export const keyInput = z
  .strictObject({
    name: textInput(NAME_LENGTH).meta({ description: "For people." }),
    scopes: scopesInput,
    expires_at: timeInput.nullish().meta({ description: "From then on it opens nothing. Null: never." }),
  })
  .meta({ id: "KeyInput" });

export const keyRotation = z
  .strictObject({
    overlap_hours: z
      .number()
      .min(0)
      .max(OVERLAP_HOURS)
      .default(24)
      .meta({ description: "How long the old key goes on working." }),
  })
  .meta({ id: "KeyRotation" });

export const keyOutput = z
  .object({
    id: idOutput,
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    created_at: timeOutput,
    expires_at: timeOutput.nullable(),
    last_used_at: timeOutput.nullable().meta({ description: "To about 10 s." }),
  })
  .meta({ id: "Key" });

export const issuedKeyOutput = keyOutput
  .extend({ key: z.string().meta({ description: "The key itself. It is shown this once." }) })
  .meta({ id: "IssuedKey" });

export const keyExamples: SchemaExamples = {
  KeyInput: {
    schema: keyInput,
    valid: {
      "a key that only sends": { name: "web shop", scopes: ["events:write"] },
      "a key that ends": {
        name: "migration",
        scopes: ["events:read", "inbox:consume"],
        expires_at: "2027-01-01T00:00:00Z",
      },
    },
    invalid: {
      "no name": { value: { scopes: ["events:read"] }, fault: "/name is required" },
      "no scope": { value: { name: "n", scopes: [] }, fault: "/scopes must not be empty" },
      "an unknown scope": {
        value: { name: "n", scopes: ["everything"] },
        fault: `/scopes/0 must be one of ${SCOPES.map((scope) => `"${scope}"`).join(", ")}`,
      },
      "a scope twice": {
        value: { name: "n", scopes: ["events:read", "events:read"] },
        fault: "/scopes must name each scope once",
      },
      "a time that is none": {
        value: { name: "n", scopes: ["events:read"], expires_at: "tomorrow" },
        fault: "/expires_at must be a time as RFC 3339 writes it, such as 2026-11-22T10:00:00.000Z",
      },
      "an unknown field": {
        value: { name: "n", scopes: ["events:read"], admin: true },
        fault: "/admin is not a field here",
      },
    },
  },
  KeyRotation: {
    schema: keyRotation,
    valid: { "a day of overlap": {}, "at once": { overlap_hours: 0 } },
    invalid: {
      "too long": { value: { overlap_hours: 169 }, fault: "/overlap_hours must be at most 168" },
      "a text": { value: { overlap_hours: "1" }, fault: "/overlap_hours must be a number" },
    },
  },
};
