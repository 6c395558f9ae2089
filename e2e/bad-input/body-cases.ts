import { gzipSync } from "node:zlib";
import type { Sent } from "../harness/client.ts";
import { type RequestCase, refusal } from "./refusal.ts";

const POST = "POST /v1/events";
const BATCH = "POST /v1/events/batch";

const json = (body: string | Buffer, headers: Record<string, string> = {}): Sent => ({ body, headers });
const malformed = refusal(400, "malformed_json");
const mediaType = refusal(415, "unsupported_media_type");
const nested = (depth: number) => `{"payload":{"a":${"[".repeat(depth)}${"]".repeat(depth)}}}`;
const SOUND = '{"payload":{}}';
/** Bodies that cannot be read. */
export const BODIES: readonly RequestCase[] = [
  ...[
    '{"payload":{}',
    "{'payload':{}}",
    '{"payload":{},}',
    "{payload:{}}",
    '{"payload":{"a":01}}',
    "",
    " ",
    "nul",
  ].map((text) => malformed(`bad JSON ${text}`, POST, json(text))),
  ...[
    '{"payload":{"a":NaN}}',
    '{"payload":{"a":"\t"}}',
    '{"payload":{"a":"\\x"}}',
    '{"payload":{}}x',
    "{}{}",
  ].map((text) => malformed(`bad JSON ${JSON.stringify(text)}`, POST, json(text))),
  malformed("a NUL byte", POST, json('{"payload":{}}\0')),
  malformed("a million arrays without an end", POST, json("[".repeat(1_000_000))),
  refusal(400, "duplicate_key")("a key twice", POST, json('{"payload":{},"payload":{}}')),
  refusal(400, "duplicate_key")("a key twice, deep down", POST, json('{"payload":{"a":[{"b":1,"b":2}]}}')),
  refusal(400, "duplicate_key")("a key twice, once escaped", POST, json('{"payload":{"a":1,"\\u0061":2}}')),
  refusal(400, "invalid_utf8")(
    "half a character",
    POST,
    json(Buffer.from([...Buffer.from('{"payload":{"a":"'), 0xc3, 0x22, 0x7d, 0x7d])),
  ),
  refusal(400, "invalid_utf8")("UTF-16", POST, json(Buffer.from(`\ufeff${SOUND}`, "utf16le"))),
  refusal(400, "invalid_utf8")("a byte order mark", POST, json(`\ufeff${SOUND}`)),
  refusal(400, "invalid_utf8")(
    "overlong bytes",
    POST,
    json(Buffer.from('{"payload":{"a":"\xc0\x80"}}', "latin1")),
  ),
  refusal(422, "lone_surrogate")("half a pair", POST, json('{"payload":{"a":"\\ud83d"}}')),
  refusal(422, "lone_surrogate")("half a pair in a key", POST, json('{"payload":{"\\udc00":1}}')),
  refusal(422, "json_too_deep")("65 levels", POST, json(nested(64))),
  refusal(422, "json_too_deep")("10,000 levels", POST, json(nested(10_000))),
  refusal(413, "payload_too_large")(
    "more than 1 MiB",
    POST,
    json(`{"payload":{"a":"${"x".repeat(1_048_576)}"}}`),
  ),
  refusal(413, "payload_too_large")("a small body that unpacks to 20 MB", POST, {
    body: gzipSync(`{"payload":{"a":"${" ".repeat(20_000_000)}"}}`),
    headers: { "content-encoding": "gzip" },
  }),
  refusal(400, "invalid_encoding")("gzip that is none", POST, json(SOUND, { "content-encoding": "gzip" })),
  refusal(400, "invalid_encoding")("half a gzip stream", POST, {
    body: gzipSync(SOUND).subarray(0, 20),
    headers: { "content-encoding": "gzip" },
  }),
  ...["br", "deflate", "zstd", "gzip, gzip", "none"].map((encoding) =>
    mediaType("an encoding that is not taken", POST, json(SOUND, { "content-encoding": encoding })),
  ),
  ...[
    "text/plain",
    "application/xml",
    "application/json; charset=latin1",
    "application/jsonp",
    "json",
    "*/*",
  ].map((type) => mediaType(`content type ${type}`, POST, json(SOUND, { "content-type": type }))),
  mediaType("no content type", POST, { body: SOUND, headers: { "content-type": null } }),
  mediaType(
    "CloudEvents batch to the inbox",
    "POST /v1/inbox/lease",
    json("{}", { "content-type": "application/cloudevents+json" }),
  ),
  refusal(400, "malformed_header")("an empty idempotency key", POST, json(SOUND, { "idempotency-key": "" })),
  refusal(400, "malformed_header")(
    "a long idempotency key",
    POST,
    json(SOUND, { "idempotency-key": "k".repeat(256) }),
  ),
  refusal(400, "malformed_header")("an open quotation", POST, json(SOUND, { "idempotency-key": '"k' })),
];

const invalid = refusal(422, "invalid_request");
const event = (more: Record<string, unknown>): Sent => ({ body: { payload: {}, ...more } });
const MONTHS_AHEAD = "2999-01-01T00:00:00Z";
/** Bodies that can be read and are not an event or a batch. */
export const ENVELOPES: readonly RequestCase[] = [
  ...["[]", '"text"', "1", "true", "null", "{}"].map((text) => invalid(`body ${text}`, POST, json(text))),
  ...[null, [], "text", 1, false].map((payload) =>
    invalid(`payload ${JSON.stringify(payload)}`, POST, event({ payload })),
  ),
  ...["", "a..b", ".a", "a.", "a b", "ü", "a".repeat(257), 1, {}, []].map((type) =>
    invalid(`type ${JSON.stringify(type).slice(0, 12)}`, POST, event({ type })),
  ),
  ...["source", "subject", "ordering_key"].flatMap((name) =>
    ["", "x".repeat(257), "a\u0000b", 7, ["a"]].map((value) =>
      invalid(`${name} ${JSON.stringify(value).slice(0, 12)}`, POST, event({ [name]: value })),
    ),
  ),
  ...[
    "yesterday",
    "2026-11-22",
    "2026-11-22T10:00:00",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    1,
    "",
  ].map((time) => invalid(`occurred_at ${time}`, POST, event({ occurred_at: time }))),
  invalid("deliver_at too far ahead", POST, event({ deliver_at: MONTHS_AHEAD })),
  invalid(
    "deliver_at with ordering_key",
    POST,
    event({ deliver_at: "2020-01-01T00:00:00Z", ordering_key: "k" }),
  ),
  ...["eu", [1], [""], Array.from({ length: 33 }, () => "t"), ["t".repeat(65)]].map((tags) =>
    invalid(`tags ${JSON.stringify(tags).slice(0, 12)}`, POST, event({ tags })),
  ),
  ...[[], "m", { priority: "urgent" }, { priority: 1 }, { big: "x".repeat(16_384) }, { tags: "eu" }].map(
    (metadata) => invalid(`metadata ${JSON.stringify(metadata).slice(0, 22)}`, POST, event({ metadata })),
  ),
  invalid("tags in two places", POST, event({ tags: ["a"], metadata: { tags: ["b"] } })),
  ...["id", "status", "idempotency_key", "extensions", "Payload", "__proto__x"].map((name) =>
    invalid(`the unknown field ${name}`, POST, event({ [name]: "x" })),
  ),
  invalid("no events", BATCH, { body: { events: [] } }),
  invalid("1,001 events", BATCH, {
    body: { events: Array.from({ length: 1_001 }, () => ({ payload: {} })) },
  }),
  invalid("events that are no array", BATCH, { body: { events: { payload: {} } } }),
  invalid("an unknown field", BATCH, { body: { events: [{ payload: {} }], more: 1 } }),
  malformed("bad JSON in one item", BATCH, json('{"events":[{"payload":{}},{"payload":]}')),
  refusal(400, "duplicate_key")(
    "a key twice in one item",
    BATCH,
    json('{"events":[{"payload":{}},{"payload":{},"payload":1}]}'),
  ),
  invalid("reject_all with one fault", `${BATCH}?on_invalid=reject_all`, {
    body: { events: [{ payload: {} }, { payload: 1 }] },
  }),
];
