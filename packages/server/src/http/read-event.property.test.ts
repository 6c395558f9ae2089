import fc from "fast-check";
import { expect, it } from "vitest";
import { TriggersError } from "../domain/errors.ts";
import { checkShape } from "./faults.ts";
import { readMembers } from "./json-door/json-door.ts";
import { membersIn, readEvent } from "./read-event.ts";
import { eventInput } from "./schemas/event.ts";

const numRuns = Number(process.env.PROPERTY_RUNS ?? 2_000);

const NOW = Date.now();
const DAY_MS = 86_400_000;

const longText = fc.constantFrom(
  "x".repeat(256),
  "x".repeat(257),
  "é".repeat(256),
  "💶".repeat(128),
  "💶".repeat(129),
);
const oddText = fc.constantFrom(
  "",
  " ",
  "a\nb",
  "a\u0000",
  "\u007f",
  "\u0085",
  "\u2028",
  "ü",
  "a.b",
  ".a",
  "a..b",
  "a b",
);
const text = fc.oneof(fc.string({ maxLength: 20 }), oddText, longText);
const time = fc.oneof(
  fc
    .date({ min: new Date(0), max: new Date(NOW + 60 * DAY_MS), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.constantFrom(
    "2026-02-29T00:00:00Z",
    "2026-11-22T10:00:00",
    "2026-11-22t10:00:00+14:00",
    "2026-11-22T10:00:60Z",
    "2016-12-31T23:59:60Z",
    "0000-01-01T00:00:00+01:00",
    "now",
    "",
  ),
);
const anything = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.string({ maxLength: 5 }),
  fc.constant([]),
  fc.constant({}),
);
const tags = fc.oneof(
  fc.array(text, { maxLength: 4 }),
  fc.constantFrom(
    new Array(32).fill("t"),
    new Array(33).fill("t"),
    ["t".repeat(64)],
    ["t".repeat(65)],
    [null],
    ["a", 1],
  ),
);
const metadata = fc.oneof(
  fc.record(
    { priority: fc.constantFrom("low", "normal", "high", "urgent", "", null, 1), tags, any: anything },
    { requiredKeys: [] },
  ),
  fc.constantFrom(
    { note: "n".repeat(16_373) },
    { note: "n".repeat(16_374) },
    { ["__proto__"]: { priority: "high" } },
  ),
);

/** Envelopes of which about a third are valid. */
const envelope = fc.record(
  {
    payload: fc.oneof(
      { weight: 9, arbitrary: fc.dictionary(fc.string({ maxLength: 4 }), anything, { maxKeys: 3 }) },
      anything,
    ),
    type: fc.oneof(fc.constantFrom("order.created", "a_b-c.D1"), text, anything),
    source: fc.oneof(text, anything),
    subject: fc.oneof(text, anything),
    occurred_at: fc.oneof(time, anything),
    ordering_key: fc.oneof(text, anything),
    tags: fc.oneof(tags, anything),
    metadata: fc.oneof(metadata, anything),
    deliver_at: fc.oneof(time, anything),
    idempotency_key: text,
    "un/known~": anything,
  },
  { requiredKeys: [] },
);

/** A valid envelope with one field replaced by anything that is generated for it. */
const nearlyValid = fc.tuple(envelope, fc.nat()).map(([fields, at]) => {
  const names = Object.keys(fields);
  const name = names[at % Math.max(1, names.length)] ?? "payload";
  return { payload: {}, ...(name in fields ? { [name]: fields[name as keyof typeof fields] } : {}) };
});

function readFaults(text: string): string[] {
  const bytes = Buffer.from(text);
  const terms = { now: NOW, pointer: "", isItem: false, trace: null, idempotencyKey: null };
  return pointersOf(() => readEvent(bytes, membersIn(readMembers(bytes)), terms));
}

function pointersOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof TriggersError)) throw error;
    expect(error.fields.length).toBeGreaterThan(0);
    return [...new Set(error.fields.map(({ pointer }) => pointer))].sort();
  }
}

it("takes exactly the envelopes that the published schema takes", () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(envelope, nearlyValid), (value) => {
      const text = JSON.stringify(value);
      const faults = readFaults(text);
      if (faults.length === 0) taken++;
      expect(faults.length === 0).toBe(
        pointersOf(() => checkShape(eventInput, JSON.parse(text))).length === 0,
      );
    }),
    { numRuns },
  );
  expect(taken).toBeGreaterThan(numRuns / 20);
});

it("points at the same field as the published schema where one is faulty", () => {
  fc.assert(
    fc.property(nearlyValid, (value) => {
      const text = JSON.stringify(value);
      expect(readFaults(text)).toEqual(pointersOf(() => checkShape(eventInput, JSON.parse(text))));
    }),
    { numRuns },
  );
});
