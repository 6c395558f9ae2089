import { describe, expect, it } from "vitest";
import { TriggersError } from "../domain/errors.ts";
import type { NewEvent } from "../flow/new-event.ts";
import { readMembers } from "./json-door/json-door.ts";
import { type EnvelopeTerms, membersIn, readEvent } from "./read-event.ts";

const TERMS: EnvelopeTerms = {
  now: Date.parse("2026-11-22T10:00:00Z"),
  pointer: "",
  isItem: false,
  trace: null,
  idempotencyKey: null,
};

function read(text: string, terms: Partial<EnvelopeTerms> = {}): NewEvent {
  const bytes = Buffer.from(text);
  return readEvent(bytes, membersIn(readMembers(bytes), terms.pointer), { ...TERMS, ...terms });
}

function faultsOf(text: string, terms: Partial<EnvelopeTerms> = {}): string[] {
  try {
    read(text, terms);
    return [];
  } catch (error) {
    if (!(error instanceof TriggersError)) throw error;
    return error.fields.map(({ pointer, detail }) => `${pointer} ${detail}`);
  }
}

describe("an envelope", () => {
  it("gives every field, with the payload as the bytes that were sent", () => {
    const event = read(
      ' { "payload" : { "n": 1e400 } , "type":"order.created","source":"sh\\u006fp","subject":"cus 9","occurred_at":' +
        '"2026-11-22T12:00:00.1239+02:00","ordering_key":null,"tags":["eu"],"deliver_at":"2026-12-22T10:00:00Z"}\n',
    );
    expect(event).toMatchObject({
      type: "order.created",
      source: "shop",
      subject: "cus 9",
      occurredAt: Date.parse("2026-11-22T10:00:00.123Z"),
      orderingKey: null,
      tags: ["eu"],
      priority: "normal",
      extensions: null,
      contentType: "application/json",
      deliverAt: TERMS.now + 30 * 86_400_000,
      trace: null,
      idempotency: null,
    });
    expect(Buffer.from(event.payload).toString()).toBe('{ "n": 1e400 }');
  });

  it("takes null for a field that is not set", () => {
    const names = [
      "type",
      "source",
      "subject",
      "occurred_at",
      "ordering_key",
      "tags",
      "metadata",
      "deliver_at",
    ];
    const nulls = names.map((name) => `"${name}":null`).join(",");
    expect(read(`{"payload":{},${nulls}}`)).toEqual(read('{"payload":{}}'));
  });

  it("lists every fault, where it stands in the body", () => {
    expect(
      faultsOf('{"payload":[],"type":7,"a/b~":1,"subject":"","tags":{}}', { pointer: "/events/3" }),
    ).toEqual([
      "/events/3/payload must be an object",
      "/events/3/type must be a string",
      "/events/3/a~1b~0 is not a field here",
      "/events/3/subject must not be empty",
      "/events/3/tags must be an array",
    ]);
  });

  it("with thousands of faults is refused with the first hundred", () => {
    const fields = Array.from({ length: 5_000 }, (_, index) => `"f${index}":1`).join(",");
    expect(faultsOf(`{${fields}}`)).toHaveLength(100);
  });

  it("with a field of a very long name is pointed at itself", () => {
    expect(faultsOf(`{"payload":{},"${"n".repeat(5_000)}":1}`)).toEqual([" is not a field here"]);
  });

  it("takes 256 characters, however many bytes and code units they are", () => {
    expect(read(`{"payload":{},"subject":"${"💶".repeat(256)}"}`).subject).toBe("💶".repeat(256));
    expect(faultsOf(`{"payload":{},"subject":"${"💶".repeat(257)}"}`)).toEqual([
      "/subject must be at most 256 characters long",
    ]);
  });

  it("carries an idempotency key of its own only as an item of a batch", () => {
    const text = '{"payload":{},"idempotency_key":"own"}';
    expect(faultsOf(text)).toEqual(["/idempotency_key is not a field here"]);
    const terms = { isItem: true, idempotencyKey: "header/0" };
    expect(read(text, terms).idempotency).toEqual({ kind: "key", key: "own" });
    expect(read('{"payload":{}}', terms).idempotency).toEqual({ kind: "key", key: "header/0" });
    expect(faultsOf('{"payload":{},"idempotency_key":""}', terms)).toHaveLength(1);
  });
});

describe("metadata", () => {
  it.each([
    ["{}", '{"priority":"normal","tags":[]}'],
    ["{ }", '{ "priority":"normal","tags":[]}'],
    ['{"any":"thing"}', '{"any":"thing","priority":"normal","tags":[]}'],
    ['{"n":1e400 }', '{"n":1e400 ,"priority":"normal","tags":[]}'],
    ['{"priority":"high"}', '{"priority":"high","tags":[]}'],
    ['{"tags":[ "a" ]}', '{"tags":[ "a" ],"priority":"normal"}'],
    ['{"tags":[],"priority":"low"}', '{"tags":[],"priority":"low"}'],
    ['{"pri\\u006frity":"low"}', '{"pri\\u006frity":"low","tags":[]}'],
    ['{"__proto__":{"priority":"high"}}', '{"__proto__":{"priority":"high"},"priority":"normal","tags":[]}'],
    ['{"deep":{"priority":1,"tags":2}}', '{"deep":{"priority":1,"tags":2},"priority":"normal","tags":[]}'],
  ])("%s is kept as it was sent, with what it lacks behind it", (sent, kept) => {
    const { metadata } = read(`{"metadata":${sent},"payload":{}}`);
    expect(metadata).toBe(kept);
    expect(() => JSON.parse(metadata)).not.toThrow();
  });

  it("gets the tags that stand beside it", () => {
    expect(read('{"tags":["a","\\"b"],"payload":{},"metadata":{"x":1}}')).toMatchObject({
      tags: ["a", '"b'],
      metadata: '{"x":1,"priority":"normal","tags":["a","\\"b"]}',
    });
  });

  it("gives tags and priority to the event", () => {
    expect(read('{"payload":{},"metadata":{"tags":["a"],"priority":"low"}}')).toMatchObject({
      tags: ["a"],
      priority: "low",
    });
  });

  it.each([
    ['{"tags":null}', "/metadata/tags must be an array"],
    ['{"tags":[null]}', "/metadata/tags/0 must be a string"],
    ['{"priority":null}', '/metadata/priority must be one of "high", "normal", "low"'],
    ['{"priority":1}', "/metadata/priority must be a string"],
    ["[]", "/metadata must be an object"],
    [`{"a":"${"x".repeat(16_377)}"}`, "/metadata must be at most 16384 bytes long"],
  ])("%.40s is refused", (sent, fault) => {
    expect(faultsOf(`{"payload":{},"metadata":${sent}}`)).toEqual([fault]);
  });

  it("of exactly 16 KiB is taken", () => {
    expect(faultsOf(`{"payload":{},"metadata":{"a":"${"x".repeat(16_376)}"}}`)).toEqual([]);
  });
});
