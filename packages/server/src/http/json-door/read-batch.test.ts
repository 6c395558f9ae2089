import { describe, expect, it } from "vitest";
import { type BatchReading, readBatch, readList } from "./read-batch.ts";

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

/** What a reading says of each item: its members' bytes by name, else its outcome or fault. */
function itemsOf(text: string, reading: BatchReading): unknown[] {
  if (reading.outcome !== "ok") throw new Error(reading.outcome);
  const bytes = Buffer.from(text);
  return reading.items.map((item) => {
    if (item.outcome === "fault") return [item.fault.code, item.fault.pointer];
    if (item.outcome === "not_object") return item.kind;
    return Object.fromEntries(
      item.members.map(({ key, start, end }) => [key, bytes.toString("utf8", start, end)]),
    );
  });
}

const batch = (text: string, limit = 100) => readBatch(Buffer.from(text), limit);
const list = (text: string, limit = 100) => readList(Buffer.from(text), limit);

describe("readBatch", () => {
  it("gives the members of every item with their exact bytes in the whole", () => {
    const text =
      ' {"events" : [ {"payload":{ "a": 1.0 },"type":"x"} ,{}, {"payload":{"}":"]"}, "tags":["\\"",""]}\n] } ';
    expect(itemsOf(text, batch(text))).toEqual([
      { payload: '{ "a": 1.0 }', type: '"x"' },
      {},
      { payload: '{"}":"]"}', tags: '["\\"",""]' },
    ]);
  });

  it("gives the outermost members, so that unknown ones can be refused", () => {
    const reading = batch('{"a":1,"events":[],"b":[2]}');
    expect(reading).toMatchObject({ outcome: "ok", items: [] });
    expect(reading.outcome === "ok" && reading.members.map(({ key }) => key)).toEqual(["a", "events", "b"]);
  });

  it("says which items are no objects", () => {
    const text = '{"events":[1,"a",null,[{"a":1}],{},true,-1.5e3 ]}';
    expect(itemsOf(text, batch(text))).toEqual([
      "number",
      "string",
      "null",
      "array",
      {},
      "boolean",
      "number",
    ]);
  });

  it("reads one item more than the limit and no further", () => {
    const text = `{"events":[${"{},".repeat(50)}{}]}`;
    expect(itemsOf(text, batch(text, 51))).toHaveLength(51);
    expect(itemsOf(text, batch(text, 50))).toHaveLength(51);
    expect(itemsOf(text, batch(text, 10))).toHaveLength(11);
  });

  it.each(["[]", '[{"payload":{}}]', "1", "{}", '{"event":[]}', '{"events":{}}', '{"events":null}'])(
    "finds no batch in %s",
    (text) => {
      expect(batch(text)).toEqual({ outcome: "not_batch" });
    },
  );

  it.each([
    ['{"events":[{"payload":{}},{"payload":nope}]}', "malformed_json", "/events/1/payload"],
    ['{"events":[{"payload":{"a":1,"a":2}},{}]}', "duplicate_key", "/events/0/payload/a"],
    ['{"events":[{"payload":"\\ud800"},{"payload":{}},]}', "malformed_json", "/events/2"],
    [`{"events":[{"payload":${nested(70)}},{"a":1,"a":2}]}`, "duplicate_key", "/events/1/a"],
    ['{"events":[],"events":[]}', "duplicate_key", "/events"],
    ['{"events":[]} x', "malformed_json", ""],
  ])("is unreadable as a whole when it breaks anywhere: %s", (text, code, pointer) => {
    expect(batch(text)).toMatchObject({ outcome: "fault", fault: { code, pointer } });
  });

  it("refuses bytes that are no UTF-8 in any item as a whole", () => {
    const bytes = Buffer.concat([
      Buffer.from('{"events":[{"payload":"'),
      Buffer.of(0xff),
      Buffer.from('"}]}'),
    ]);
    expect(readBatch(bytes, 10)).toMatchObject({ outcome: "fault", fault: { code: "invalid_utf8" } });
  });

  it("leaves an item's flaw to that item", () => {
    const text = `{"events":[{"a":1},{"payload":["\\ud800"]},{"payload":${nested(65)}},"\\udc00",{"payload":${nested(64)}}]}`;
    expect(itemsOf(text, batch(text))).toEqual([
      { a: "1" },
      ["lone_surrogate", "/payload/0"],
      ["json_too_deep", `/payload${"/0".repeat(64)}`],
      ["lone_surrogate", ""],
      { payload: nested(64) },
    ]);
  });

  it.each([
    ['{"events":[{"payload":"\\ud800"}],"x":{"y":"\\ud800"}}', "/x/y"],
    ['{"x":{"y":"\\ud800"},"events":[{"payload":"\\ud800"}]}', "/x/y"],
    ['{"events":[{}],"\\ud800":1}', ""],
    ['{"events":{"a":"\\ud800"}}', "/events/a"],
    ['["\\ud800"]', "/0"],
  ])("refuses a flaw outside the items as a whole: %s", (text, pointer) => {
    expect(batch(text)).toMatchObject({ outcome: "fault", fault: { code: "lone_surrogate", pointer } });
  });
});

describe("readList", () => {
  it("reads an array as a batch reads its items", () => {
    const text = ` [{"id":"1", "data" : [ 1 ]},{"data":"\\ud800"},7,{"data":${nested(65)}},{"data":${nested(64)}}]\r\n`;
    expect(itemsOf(text, list(text))).toEqual([
      { id: '"1"', data: "[ 1 ]" },
      ["lone_surrogate", "/data"],
      "number",
      ["json_too_deep", `/data${"/0".repeat(64)}`],
      { data: nested(64) },
    ]);
  });

  it("takes an empty array, and stops behind the limit", () => {
    expect(list(" [ ] ")).toEqual({ outcome: "ok", members: [], items: [] });
    expect(itemsOf("[1,2,3]", list("[1,2,3]", 1))).toHaveLength(2);
  });

  it("finds no list in anything else, and refuses what breaks", () => {
    expect(list('{"events":[]}')).toEqual({ outcome: "not_batch" });
    expect(list('[{"a":1,"a":1}]')).toMatchObject({ outcome: "fault", fault: { pointer: "/0/a" } });
    expect(list('{"a":"\\ud800"}')).toMatchObject({ outcome: "fault", fault: { pointer: "/a" } });
    expect(list("")).toMatchObject({ outcome: "fault", fault: { code: "malformed_json" } });
  });
});
