import { CloudEvent, type CloudEventV1, HTTP } from "cloudevents";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApp, type TestAnswer, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const STRUCTURED = "application/cloudevents+json";
const BATCH = "application/cloudevents-batch+json";

let count = 0;
/** A CloudEvent of its own. */
function sample(more: Partial<CloudEventV1<unknown>> = {}): CloudEventV1<unknown> {
  return { specversion: "1.0", id: `id-${count++}`, source: "/shop", type: "order.created", ...more };
}

function post(body: unknown, headers: Record<string, string>): Promise<TestAnswer> {
  return app.request("POST", "/v1/events", { body, headers });
}

const structured = (event: object, type = STRUCTURED) =>
  post(JSON.stringify(event), { "content-type": type });

/** Binary mode by hand: attributes as headers, as they are. */
function binary(attributes: object, body?: string, type = "application/json"): Promise<TestAnswer> {
  const headers = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]),
  );
  return post(body, body === undefined ? headers : { ...headers, "content-type": type });
}

async function readBack({ status, json }: TestAnswer) {
  expect(status).toBe(201);
  return (await app.request("GET", `/v1/events/${json.event_id}`, { query: "view=fact" })).json;
}

function faultsOf({ status, json }: TestAnswer): string[] {
  expect([status, json.code]).toEqual([422, "invalid_request"]);
  return json.errors.map(
    ({ pointer, detail }: { pointer: string; detail: string }) => `${pointer} ${detail}`,
  );
}

describe("an event of the official SDK", () => {
  const make = () =>
    new CloudEvent({
      source: "https://example.com/shop",
      type: "com.example.order",
      subject: "cus_9",
      time: "2026-11-22T10:00:00.123Z",
      dataschema: "https://example.com/schema",
      comexampleextension1: "value",
      comexampleothervalue: 5,
      comexampleflag: true,
      data: { order: 1 },
    });
  const expected = {
    type: "com.example.order",
    source: "https://example.com/shop",
    subject: "cus_9",
    occurred_at: "2026-11-22T10:00:00.123Z",
    tags: [],
    metadata: { priority: "normal", tags: [] },
    payload: { order: 1 },
  };
  const send = ({ headers, body }: ReturnType<typeof HTTP.binary>) =>
    post(body as string, headers as Record<string, string>);

  it("is taken in structured mode", async () => {
    const event = make();
    expect(await readBack(await send(HTTP.structured(event)))).toMatchObject({
      ...expected,
      extensions: {
        id: event.id,
        dataschema: "https://example.com/schema",
        comexampleextension1: "value",
        comexampleothervalue: 5,
        comexampleflag: true,
      },
    });
  });

  it("is taken in binary mode, where every attribute is a text", async () => {
    const event = make();
    const { headers, body } = HTTP.binary(event);
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    expect(await readBack(await post(body, texts))).toMatchObject({
      ...expected,
      extensions: {
        id: event.id,
        dataschema: "https://example.com/schema",
        comexampleextension1: "value",
        comexampleothervalue: "5",
        comexampleflag: "true",
      },
    });
  });

  it("is the same event in either mode", async () => {
    const event = new CloudEvent({
      source: "/s",
      type: "t",
      time: "2026-11-22T10:00:00.000Z",
      data: { n: 1 },
    });
    const first = await send(HTTP.structured(event));
    const again = await send(HTTP.binary(event));
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.text).toBe(first.text);
  });

  it("is taken in a batch", async () => {
    const events = [make(), make()];
    const body = JSON.stringify(events.map((event) => event.toJSON()));
    for (const path of ["/v1/events", "/v1/events/batch"]) {
      const { status, json } = await app.request("POST", path, { body, headers: { "content-type": BATCH } });
      expect(status).toBe(200);
      expect(json.results).toHaveLength(2);
      expect(json.created + json.replayed).toBe(2);
    }
  });
});

describe("a CloudEvent", () => {
  it("needs nothing but its four attributes, and has the payload null then", async () => {
    for (const answer of [await structured(sample()), await binary(sample())]) {
      const event = await readBack(answer);
      expect(event).toMatchObject({ payload: null, source: "/shop", type: "order.created", subject: null });
      expect(event.extensions).toEqual({ id: expect.stringMatching(/^id-/) });
    }
  });

  it("may bring any JSON value, byte for byte", async () => {
    for (const data of ["null", "false", "1e400", '"text"', "[ 1 , 2 ]", '{"a": 9007199254740993}']) {
      const head = JSON.stringify(sample()).slice(0, -1);
      const inside = await post(`${head},"data":${data}}`, { "content-type": STRUCTURED });
      const around = await binary(sample(), data);
      for (const { json: made } of [inside, around])
        expect((await app.request("GET", `/v1/events/${made.event_id}/payload`)).text).toBe(data);
    }
  });

  it("gives its key for ordering, its time to the millisecond and its trace to the event", async () => {
    const answer = await structured(
      sample({
        partitionkey: "ord_1",
        time: "2026-11-22T12:00:00.123999+02:00",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      }),
    );
    const event = await readBack(answer);
    expect(event).toMatchObject({ ordering_key: "ord_1", occurred_at: "2026-11-22T10:00:00.123Z" });
    expect(Object.keys(event.extensions)).toEqual(["id"]);
  });

  it("keeps a trace that cannot be read as an attribute", async () => {
    const event = await readBack(await structured(sample({ traceparent: "nonsense", tracestate: "a=b" })));
    expect(event.extensions).toMatchObject({ traceparent: "nonsense", tracestate: "a=b" });
  });

  it("treats null as not set", async () => {
    const event = await readBack(
      await structured({ ...sample(), subject: null, time: null, own: null, data: {} }),
    );
    expect(event).toMatchObject({ subject: null, occurred_at: null, payload: {} });
    expect(event.extensions).not.toHaveProperty("own");
  });

  it("keeps the media type of its data", async () => {
    const type = "application/vnd.shop+json; version=1";
    const first = await structured({ ...sample(), datacontenttype: type, data: {} });
    const second = await binary(sample(), "{}", type);
    for (const { json } of [first, second]) {
      const { headers } = await app.request("GET", `/v1/events/${json.event_id}/payload`);
      expect(headers["content-type"]).toBe(type);
    }
  });
});

describe("source and id", () => {
  it("are the idempotency key", async () => {
    const event = { ...sample(), data: { n: 1 } };
    const first = await structured(event);
    const again = await structured(event);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    const other = await structured({ ...event, data: { n: 2 } });
    expect([other.status, other.json.code]).toEqual([422, "idempotency_key_reused"]);
    expect((await structured({ ...event, source: "/other" })).status).toBe(201);
  });

  it("make way for the header, and never meet a plain key", async () => {
    const event = sample();
    const headers = { "content-type": STRUCTURED, "idempotency-key": "header-key" };
    expect((await post(JSON.stringify(event), headers)).status).toBe(201);
    expect((await structured(event)).status).toBe(201);
    const plain = { "idempotency-key": `/shop ${event.id}` };
    expect((await app.request("POST", "/v1/events", { body: { payload: {} }, headers: plain })).status).toBe(
      201,
    );
  });
});

describe("a ce- header", () => {
  it("is percent-decoded once, after its quotes are undone", async () => {
    const attributes = {
      ...sample(),
      subject: "Euro%20%E2%82%AC%20%F0%9F%98%80",
      quoted: '"a \\"b\\" %2525"',
      lower: "%c3%a9",
    };
    const event = await readBack(await binary(attributes, "{}"));
    expect(event.subject).toBe("Euro € 😀");
    expect(event.extensions).toMatchObject({ quoted: 'a "b" %25', lower: "é" });
  });

  it.each(["%C0%A0", "100%", "%E2%82", '"open', "caf\u00e9"])(
    "that reads as nothing is 400: %s",
    async (subject) => {
      const { status, json } = await binary({ ...sample(), subject }, "{}");
      expect([status, json.code]).toEqual([400, "malformed_header"]);
      expect(json.detail).toContain("ce-subject");
    },
  );

  it("is none for data and its content type", async () => {
    expect(faultsOf(await binary({ ...sample(), datacontenttype: "application/json" }, "{}"))).toEqual([
      "/datacontenttype is not a header of its own",
    ]);
  });
});

describe("faulty attributes", () => {
  it.each<[object, string]>([
    [{ specversion: "0.3", type: "" }, '/specversion must be "1.0"'],
    [{ specversion: undefined }, "/specversion is required"],
    [{ id: undefined }, "/id is required"],
    [{ id: "" }, "/id must not be empty"],
    [{ source: undefined }, "/source is required"],
    [{ source: "not a reference" }, "/source must be a URI reference"],
    [{ source: `/${"x".repeat(256)}` }, "/source must be at most 256 characters long"],
    [{ type: undefined }, "/type is required"],
    [{ type: "a b" }, "/type must be dotted parts of A-Z a-z 0-9 _ -"],
    [{ subject: "" }, "/subject must not be empty"],
    [{ time: "yesterday" }, "/time must be a time as RFC 3339 writes it, such as 2026-11-22T10:00:00.000Z"],
    [{ dataschema: "no-uri" }, "/dataschema must be a URI"],
    [{ partitionkey: "" }, "/partitionkey must not be empty"],
    [{ my_attribute: "a" }, "/my_attribute must have a name of lower-case letters and digits"],
    [{ own: "a\u0007" }, "/own must not contain control characters or noncharacters"],
    [{ own: "\ufdd0" }, "/own must not contain control characters or noncharacters"],
  ])("%j are refused in structured mode: %s", async (more, fault) => {
    expect(faultsOf(await structured({ ...sample(), ...more }))).toEqual([fault]);
  });

  it.each<[object, string]>([
    [{ subject: 5 }, "/subject must be a string"],
    [{ time: true }, "/time must be a string"],
    [{ Upper: "a" }, "/Upper must have a name of lower-case letters and digits"],
    [{ own: {} }, "/own must be a string, true, false or a whole number"],
    [{ own: 1.5 }, "/own must be a whole number of 32 bits"],
    [{ own: 2_147_483_648 }, "/own must be a whole number of 32 bits"],
    [{ datacontenttype: "nonsense", data: {} }, "/datacontenttype must be a media type"],
  ])("%j are refused: %s", async (more, fault) => {
    expect(faultsOf(await structured({ ...sample(), ...more }))).toEqual([fault]);
  });

  it("above 64 KiB in all are refused", async () => {
    expect((await structured({ ...sample(), own: "x".repeat(60_000) })).status).toBe(201);
    expect(faultsOf(await structured({ ...sample(), own: "x".repeat(66_000) }))).toHaveLength(1);
  });

  it("are refused in binary mode too", async () => {
    const { id: _, ...rest } = sample();
    expect(faultsOf(await binary({ ...rest, type: "a%20b", subject: "%07" }, "{}"))).toEqual([
      "/subject must not contain control characters or noncharacters",
      "/id is required",
      "/type must be dotted parts of A-Z a-z 0-9 _ -",
    ]);
  });
});

describe("data that is not JSON", () => {
  it("is 415 in every mode", async () => {
    const answers = [
      await structured({ ...sample(), data_base64: "AAAA" }),
      await structured({ ...sample(), datacontenttype: "text/plain", data: "text" }),
      await structured({ ...sample(), datacontenttype: "application/json; charset=latin1", data: "text" }),
      await binary(sample(), "<a/>", "application/xml"),
      await binary(sample(), "{}", "application/json; charset=latin1"),
    ];
    for (const { status, json } of answers)
      expect([status, json.code]).toEqual([415, "unsupported_media_type"]);
  });

  it("is 400 where it says it is JSON", async () => {
    const { status, json } = await binary(sample(), "{broken");
    expect([status, json.code]).toEqual([400, "malformed_json"]);
  });

  it("fails only its own item of a batch", async () => {
    const events = [{ ...sample(), data_base64: "AAAA" }, sample(), { ...sample(), id: "" }, 1];
    const { status, json } = await structured(events, BATCH);
    expect(status).toBe(200);
    expect(json).toMatchObject({ created: 1, failed: 3 });
    const [binaryItem, , faulty, number] = json.results;
    expect(binaryItem.error).toMatchObject({ status: 415, code: "unsupported_media_type" });
    expect(faulty.error.errors).toEqual([{ pointer: "/2/id", detail: "must not be empty" }]);
    expect(number.error.errors).toEqual([{ pointer: "/3", detail: "must be an object" }]);
  });

  it("is missing from an empty batch, which is taken", async () => {
    const { status, json } = await structured([], BATCH);
    expect(status).toBe(200);
    expect(json).toEqual({ created: 0, replayed: 0, failed: 0, results: [] });
  });
});
