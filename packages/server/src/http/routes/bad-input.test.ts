import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERRORS } from "../../domain/errors.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ config: { maxEventBytes: 100_000 } });
});
afterAll(() => app.close());

const ID = "019a0000-0000-7000-8000-000000000000";
const JSON_TYPE = { "content-type": "application/json" };

interface Case {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends it and checks that what comes back is a whole problem document of this status and code. */
async function expectProblem(sent: Case, status: number, code: keyof typeof ERRORS) {
  const { method = "POST", path = "/v1/events", body, headers = JSON_TYPE } = sent;
  const answer = await app.request(method, path, { body, headers: body === undefined ? {} : headers });
  expect([answer.status, answer.json.code, answer.json.detail]).toEqual([status, code, expect.any(String)]);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.json).toMatchObject({
    status,
    title: ERRORS[code].title,
    type: expect.stringContaining(code),
  });
  expect(answer.json.request_id).toBe(answer.headers["x-request-id"]);
  expect(answer.text).not.toMatch(/stack|node_modules|SELECT|secret-content/);
  return answer.json;
}

const text = (value: unknown) => JSON.stringify(value);
const event = (more: object) => text({ payload: {}, ...more });
const deep = (levels: number) => `{"payload":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}}`;

describe("JSON that cannot be read is 400", () => {
  it.each<[string, string | Buffer]>([
    ["an empty body", ""],
    ["white space", " \n"],
    ["a word", "payload"],
    ["a trailing comma", '{"payload":{},}'],
    ["a comment", '{"payload":{}/* */}'],
    ["single quotes", "{'payload':{}}"],
    ["an open object", '{"payload":{'],
    ["two values", '{"payload":{}}{"payload":{}}'],
    ["NaN", '{"payload":{"a":NaN}}'],
    ["a leading zero", '{"payload":{"a":01}}'],
    ["a plus sign", '{"payload":{"a":+1}}'],
    ["a fraction without digits", '{"payload":{"a":1.}}'],
    ["a bare line break in a string", '{"payload":{"a":"\n"}}'],
    ["a bad escape", '{"payload":{"a":"\\x41"}}'],
    ["half an escape", '{"payload":{"a":"\\u12"}}'],
    ["a form feed between tokens", '{"payload":\f{}}'],
    ["a no-break space", '{"payload":\u00a0{}}'],
    ["a million open arrays", `{"payload":${"[".repeat(90_000)}`],
  ])("%s", async (_, body) => {
    await expectProblem({ body }, 400, "malformed_json");
  });

  it.each<[string, string]>([
    ["a key twice", '{"payload":{},"payload":{}}'],
    ["a key twice, deep inside the payload", '{"payload":{"a":[{"b":1,"b":2}]}}'],
    ["a key twice, once escaped", '{"payload":{"a":1,"\\u0061":2}}'],
    ["`__proto__` twice", '{"payload":{"__proto__":1,"__proto__":2}}'],
  ])("%s", async (_, body) => {
    await expectProblem({ body }, 400, "duplicate_key");
  });

  it.each<[string, Buffer]>([
    ["Latin-1", Buffer.from('{"payload":{"a":"\u00e9"}}', "latin1")],
    ["an overlong form", Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ["a byte order mark", Buffer.from('\ufeff{"payload":{}}')],
    ["UTF-16", Buffer.from('\ufeff{"payload":{}}', "utf16le")],
  ])("%s", async (_, body) => {
    await expectProblem({ body }, 400, "invalid_utf8");
  });
});

describe("values that are not valid are 422", () => {
  it.each<[string, string, string]>([
    ["no object", "[]", ""],
    ["null", "null", ""],
    ["a number", "1e999", ""],
    ["nothing inside", "{}", "/payload"],
    ["a payload of null", event({ payload: null }), "/payload"],
    ["a payload in a list", event({ payload: [{}] }), "/payload"],
    ["a payload in a text", event({ payload: "{}" }), "/payload"],
    ["an unknown field", event({ kind: "a" }), "/kind"],
    ["`__proto__` in the envelope", '{"payload":{},"__proto__":{}}', "/__proto__"],
    ["a field in other letters", event({ Payload: {} }), "/Payload"],
    ["an empty type", event({ type: "" }), "/type"],
    ["a type that begins with a dot", event({ type: ".a" }), "/type"],
    ["a type with two dots", event({ type: "a..b" }), "/type"],
    ["a type beyond ASCII", event({ type: "größe" }), "/type"],
    ["a long type", event({ type: "t".repeat(257) }), "/type"],
    ["a type in a list", event({ type: ["a"] }), "/type"],
    ["NUL in the source", event({ source: "a\u0000" }), "/source"],
    ["a long source", event({ source: "s".repeat(257) }), "/source"],
    ["an empty subject", event({ subject: "" }), "/subject"],
    ["a number for a subject", event({ subject: 9 }), "/subject"],
    ["an empty ordering key", event({ ordering_key: "" }), "/ordering_key"],
    ["a time in words", event({ occurred_at: "now" }), "/occurred_at"],
    ["a time in seconds", event({ occurred_at: 1_700_000_000 }), "/occurred_at"],
    ["a time on 30 February", event({ occurred_at: "2026-02-30T00:00:00Z" }), "/occurred_at"],
    ["a time without its zone", event({ occurred_at: "2026-11-22T10:00:00" }), "/occurred_at"],
    [
      "a delivery in 31 days",
      event({ deliver_at: new Date(Date.now() + 31 * 86_400_000).toISOString() }),
      "/deliver_at",
    ],
    ["a delay in a line", event({ deliver_at: "2026-11-22T10:00:00Z", ordering_key: "a" }), "/deliver_at"],
    ["tags in a text", event({ tags: "a,b" }), "/tags"],
    ["33 tags", event({ tags: new Array(33).fill("a") }), "/tags"],
    ["an empty tag", event({ tags: ["a", ""] }), "/tags/1"],
    ["a long tag", event({ tags: ["t".repeat(65)] }), "/tags/0"],
    ["metadata in a list", event({ metadata: [] }), "/metadata"],
    ["17 KiB of metadata", event({ metadata: { a: "x".repeat(17_000) } }), "/metadata"],
    ["an unknown priority", event({ metadata: { priority: "HIGH" } }), "/metadata/priority"],
    ["tags in two places", event({ tags: [], metadata: { tags: [] } }), "/metadata/tags"],
    ["a key in the body", event({ idempotency_key: "a" }), "/idempotency_key"],
  ])("%s", async (_, body, pointer) => {
    const { errors } = await expectProblem({ body }, 422, "invalid_request");
    expect(errors.map((one: { pointer: string }) => one.pointer)).toEqual([pointer]);
  });

  it("half a surrogate pair", async () => {
    for (const half of ["\\ud83d", "\\ude00", "\\ude00\\ud83d"])
      await expectProblem({ body: `{"payload":{"a":"${half}"}}` }, 422, "lone_surrogate");
    await expectProblem({ body: '{"payload":{"\\ud83d":1}}' }, 422, "lone_surrogate");
  });

  it("a payload nested deeper than 64, while 64 are taken", async () => {
    expect((await app.request("POST", "/v1/events", { body: deep(64) })).status).toBe(201);
    await expectProblem({ body: deep(65) }, 422, "json_too_deep");
    await expectProblem({ body: deep(10_000) }, 422, "json_too_deep");
  });
});

describe("a body that is not taken", () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ["a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["text", { "content-type": "text/plain" }],
    ["JSON of another kind", { "content-type": "application/vnd.api+json" }],
    ["CloudEvents in Avro", { "content-type": "application/cloudevents+avro" }],
    ["lines", { "content-type": "application/x-ndjson" }],
    ["another charset", { "content-type": "application/json; charset=iso-8859-1" }],
    ["a content type that is none", { "content-type": "json" }],
    ["an encoding that is not taken", { ...JSON_TYPE, "content-encoding": "br" }],
  ])("is 415: %s", async (_, headers) => {
    await expectProblem({ body: '{"payload":{}}', headers }, 415, "unsupported_media_type");
  });

  it("is 413 where it is too large", async () => {
    await expectProblem({ body: event({ payload: { a: "x".repeat(100_000) } }) }, 413, "payload_too_large");
  });

  it("is 400 where it does not unpack", async () => {
    const headers = { ...JSON_TYPE, "content-encoding": "gzip" };
    await expectProblem({ body: '{"payload":{}}', headers }, 400, "invalid_encoding");
  });
});

describe("a header that cannot be read is 400", () => {
  it.each(["", '"', '"open', "tab\tinside", "k".repeat(256), '"a"b"'])("Idempotency-Key: %j", async (key) => {
    const headers = { ...JSON_TYPE, "idempotency-key": key };
    await expectProblem({ body: '{"payload":{}}', headers }, 400, "malformed_header");
    const path = "/v1/events/batch";
    await expectProblem({ path, body: '{"events":[{"payload":{}}]}', headers }, 400, "malformed_header");
  });
});

describe("a batch that cannot be read as a whole", () => {
  const path = "/v1/events/batch";
  const ndjson = { "content-type": "application/x-ndjson" };

  it.each<[string, string]>([
    ["bad JSON in an item", '{"events":[{"payload":{}},{"payload":}]}'],
    ["nothing", ""],
  ])("is 400: %s", async (_, body) => {
    await expectProblem({ path, body }, 400, "malformed_json");
  });

  it("is 400 for a key twice in an item", async () => {
    await expectProblem({ path, body: '{"events":[{"payload":{"a":1,"a":1}}]}' }, 400, "duplicate_key");
  });

  it.each<[string, string, string]>([
    ["no object", "[]", "/events"],
    ["no events", "{}", "/events"],
    ["null for events", '{"events":null}', "/events"],
    ["an empty list", '{"events":[]}', "/events"],
    ["1,001 events", text({ events: new Array(1_001).fill({ payload: {} }) }), "/events"],
    ["a field beside them", '{"events":[{"payload":{}}],"more":1}', "/more"],
  ])("is 422: %s", async (_, body, pointer) => {
    const { errors } = await expectProblem({ path, body }, 422, "invalid_request");
    expect(errors.map((one: { pointer: string }) => one.pointer)).toEqual([pointer]);
  });

  it("is 422 for no line, and for 1,001", async () => {
    await expectProblem({ path, body: "\n\n", headers: ndjson }, 422, "invalid_request");
    await expectProblem(
      { path, body: '{"payload":{}}\n'.repeat(1_001), headers: ndjson },
      422,
      "invalid_request",
    );
  });

  it.each(["on_invalid=", "on_invalid=skip", "on_invalid=reject_all&on_invalid=reject_all", "dry_run=1"])(
    "is 400 for the query %s",
    async (query) => {
      await expectProblem(
        { path: `${path}?${query}`, body: '{"events":[{"payload":{}}]}' },
        400,
        "invalid_query",
      );
    },
  );
});

describe("a query that is faulty is 400", () => {
  it.each([
    ...[
      "limit=0",
      "limit=1001",
      "limit=-1",
      "limit=1.5",
      "limit=",
      "limit=ten",
      "limit=5&limit=5",
      "cursor=",
    ],
    ...[
      "order=up",
      "status=done",
      "view=all",
      "type=a%20b",
      "type=*a",
      "tag=",
      "subject=%00",
      "after=yesterday",
    ],
    ...["before=2026-11-22", "unknown=1", "source=%zz", `type=${"t".repeat(300)}`, "Limit=5"],
  ])("of the events: %s", async (query) => {
    await expectProblem({ method: "GET", path: `/v1/events?${query}` }, 400, "invalid_query");
  });

  it.each([
    ["GET", `/v1/events/${ID}?view=`],
    ["GET", `/v1/events/${ID}/payload?view=fact`],
    ["GET", `/v1/events/${ID}/deliveries?limit=0`],
    ["DELETE", `/v1/events/${ID}?force=1`],
    ["POST", `/v1/events/${ID}/ack?inbox=`],
    ["GET", "/v1/inbox?status=pending"],
    ["GET", "/v1/inbox?inbox=a&inbox=b"],
    ["POST", "/v1/inbox/lease?limit=5"],
    ["POST", "/v1/inbox/ack?token=1"],
    ["GET", "/v1/events/stream?limit=5"],
  ])("elsewhere: %s %s", async (method, path) => {
    await expectProblem({ method, path }, 400, "invalid_query");
  });
});

describe("a faulty word to the inbox is 422", () => {
  const one = { delivery_id: "a", lease_token: "b" };
  it.each<[string, object]>([
    ["lease", { limit: 0 }],
    ["lease", { limit: 1_001 }],
    ["lease", { limit: "10" }],
    ["lease", { lease_seconds: 0 }],
    ["lease", { wait_seconds: 61 }],
    ["lease", { inbox: "main" }],
    ["ack", {}],
    ["ack", { deliveries: [] }],
    ["ack", { deliveries: [{ delivery_id: "a" }] }],
    ["ack", { deliveries: [{ ...one, reason: "a" }] }],
    ["release", { deliveries: [{ ...one, delay_seconds: -1 }] }],
    ["bury", { deliveries: [{ ...one, reason: "a\u0000" }] }],
    ["extend", { deliveries: [one] }],
    ["extend", { deliveries: [{ ...one, lease_seconds: 43_201 }] }],
  ])("%s %j", async (verb, body) => {
    await expectProblem({ path: `/v1/inbox/${verb}`, body: text(body) }, 422, "invalid_request");
  });
});
