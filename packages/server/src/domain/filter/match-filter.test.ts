import { describe, expect, it } from "vitest";
import type { JsonValue } from "./filterable-event.ts";
import { matchesFilter } from "./match-filter.ts";
import { doesMatch, sampleEvent, sampleFilter } from "./testing/filter-samples.ts";

/** The sample of the EventBridge documentation, its `detail` as the payload. */
const INSTANCE = {
  "c-count": 5,
  "d-count": 3,
  "x-limit": 301.8,
  "source-ip": "10.0.0.33",
  "instance-id": "i-000000aaaaaa00000",
  state: "running",
};

function takes(list: JsonValue, value: JsonValue): boolean {
  return doesMatch({ payload: { field: list } }, { payload: { field: value } });
}

describe("exact values", () => {
  it.each<[JsonValue, JsonValue]>([
    [["running"], "running"],
    [["initializing", "running"], "running"],
    [[""], ""],
    [[null], null],
    [[true], true],
    [[100], 100],
    [[1], 1.0],
    [[3.018e2], 301.8],
    [[0], -0],
    [["a", 1, null, false], false],
  ])("%j takes %j", (list, value) => {
    expect(takes(list, value)).toBe(true);
  });

  it.each<[JsonValue, JsonValue]>([
    [["running"], "Running"],
    [["running"], "running "],
    [[""], null],
    [[null], ""],
    [["1"], 1],
    [[1], "1"],
    [["true"], true],
    [["null"], null],
    [["x"], { x: 1 }],
    [[null], {}],
  ])("%j does not take %j", (list, value) => {
    expect(takes(list, value)).toBe(false);
  });
});

const TAKEN: readonly [JsonValue, JsonValue][] = [
  [[{ prefix: "2017-10-02" }], "2017-10-02T18:43:48Z"],
  [[{ prefix: "" }], ""],
  [[{ prefix: { "equals-ignore-case": "EventB" } }], "eventbridge"],
  [[{ suffix: ".png" }], "cat.png"],
  [[{ suffix: { "equals-ignore-case": "tBridge" } }], "EventBRIDGE"],
  [[{ "equals-ignore-case": "alice" }], "ALICE"],
  [[{ wildcard: "dir/*.png" }], "dir/sub/cat.png"],
  [[{ wildcard: "dir/*" }], "dir/"],
  [[{ wildcard: "*" }], ""],
  [[{ wildcard: "a\\*b" }], "a*b"],
  [[{ "anything-but": "initializing" }], "running"],
  [[{ "anything-but": 123 }], 124],
  [[{ "anything-but": ["stopped", "overloaded"] }], "running"],
  [[{ "anything-but": [100, 200, 300] }], 301.8],
  [[{ "anything-but": [100] }], "100"],
  [[{ "anything-but": "a" }], null],
  [[{ "anything-but": "a" }], true],
  [[{ "anything-but": { prefix: "init" } }], "running"],
  [[{ "anything-but": { prefix: ["init", "error"] } }], "running"],
  [[{ "anything-but": { suffix: "1234" } }], "i-5678"],
  [[{ "anything-but": { suffix: ["1234", "6789"] } }], "i-5678"],
  [[{ "anything-but": { "equals-ignore-case": "Stopped" } }], "running"],
  [[{ "anything-but": { "equals-ignore-case": ["Stopped", "OverLoaded"] } }], "running"],
  [[{ "anything-but": { wildcard: "*/bin/*.jar" } }], "/usr/bin/a.class"],
  [[{ "anything-but": { wildcard: ["*/bin/*.jar", "*/bin/*.class"] } }], "/usr/lib/a.class"],
  [[{ "anything-but": { prefix: "1" } }], 1],
  [[{ numeric: ["=", 301.8] }], 3.018e2],
  [[{ numeric: [">", 0, "<=", 5] }], 5],
  [[{ numeric: [">=", 0, "<", 5] }], 0],
  [[{ numeric: ["<", 10] }], -1e300],
  [[{ numeric: ["<=", 10] }], 10],
  [[{ numeric: [">", 10] }], 1e300],
  [[{ numeric: [">=", 5, "<=", 5] }], 5],
  [[{ cidr: "10.0.0.0/24" }], "10.0.0.33"],
  [[{ cidr: "2001:db8::/32" }], "2001:db8::1"],
  [[{ exists: true }], null],
  [[{ exists: true }], ""],
  [["x", { prefix: "y" }, { numeric: [">", 3] }], 4],
];

const NOT_TAKEN: readonly [JsonValue, JsonValue][] = [
  [[{ prefix: "2017-10-02" }], "2017-10-03"],
  [[{ prefix: "1" }], 12],
  [[{ prefix: { "equals-ignore-case": "EventB" } }], "vent"],
  [[{ suffix: ".png" }], "cat.PNG"],
  [[{ suffix: { "equals-ignore-case": "tBridge" } }], "EventBus"],
  [[{ "equals-ignore-case": "alice" }], "alicex"],
  [[{ "equals-ignore-case": "alice" }], "alicia"],
  [[{ wildcard: "dir/*.png" }], "dir/cat.jpg"],
  [[{ wildcard: "*" }], 5],
  [[{ "anything-but": "initializing" }], "initializing"],
  [[{ "anything-but": 123 }], 123],
  [[{ "anything-but": ["stopped", "overloaded"] }], "overloaded"],
  [[{ "anything-but": [100, 200, 300] }], 200],
  [[{ "anything-but": "a" }], {}],
  [[{ "anything-but": { prefix: "init" } }], "initializing"],
  [[{ "anything-but": { prefix: ["init", "error"] } }], "error-1"],
  [[{ "anything-but": { suffix: ["1234", "6789"] } }], "i-6789"],
  [[{ "anything-but": { "equals-ignore-case": "Stopped" } }], "STOPPED"],
  [[{ "anything-but": { wildcard: "*/bin/*.jar" } }], "/usr/bin/a.jar"],
  [[{ numeric: ["=", 301.8] }], 301.9],
  [[{ numeric: [">", 0, "<=", 5] }], 0],
  [[{ numeric: [">", 0, "<=", 5] }], 5.1],
  [[{ numeric: [">=", 0, "<", 5] }], 5],
  [[{ numeric: [">", 0] }], "1"],
  [[{ cidr: "10.0.0.0/24" }], "10.0.1.33"],
  [[{ cidr: "10.0.0.0/24" }], 10],
  [[{ exists: false }], null],
  [["x", { prefix: "y" }, { numeric: [">", 3] }], "z"],
];

describe("operators", () => {
  it.each(TAKEN)("%j takes %j", (list, value) => {
    expect(takes(list, value)).toBe(true);
  });

  it.each(NOT_TAKEN)("%j does not take %j", (list, value) => {
    expect(takes(list, value)).toBe(false);
  });
});

describe("fields", () => {
  it("must all match, in the envelope and inside", () => {
    const pattern = {
      type: [{ prefix: "EC2 " }],
      source: ["aws.ec2"],
      payload: {
        state: [{ "anything-but": "initializing" }],
        "c-count": [{ numeric: [">", 0, "<=", 5] }],
        "d-count": [{ numeric: ["<", 10] }],
        "x-limit": [{ "anything-but": [100, 200, 300] }],
        "source-ip": [{ cidr: "10.0.0.0/8" }],
      },
    };
    const event = { type: "EC2 Instance State-change", source: "aws.ec2", payload: INSTANCE };
    expect(doesMatch(pattern, event)).toBe(true);
    expect(doesMatch(pattern, { ...event, source: "aws.s3" })).toBe(false);
    expect(doesMatch(pattern, { ...event, payload: { ...INSTANCE, "d-count": 10 } })).toBe(false);
  });

  it("may be tags, metadata, or the payload itself", () => {
    expect(doesMatch({ tags: ["eu"] }, { tags: ["us", "eu"] })).toBe(true);
    expect(doesMatch({ tags: ["eu"] }, { tags: ["us"] })).toBe(false);
    expect(doesMatch({ tags: [{ exists: false }] }, { tags: [] })).toBe(true);
    expect(doesMatch({ tags: [null] }, { tags: [] })).toBe(false);
    const metadata = { priority: "high", tags: ["eu"], deep: { er: 1 } };
    expect(doesMatch({ metadata: { priority: ["high"], tags: ["eu"] } }, { metadata })).toBe(true);
    expect(doesMatch({ metadata: { deep: { er: [1] } } }, { metadata })).toBe(true);
    expect(doesMatch({ metadata: { deep: { er: [2] } } }, { metadata })).toBe(false);
    expect(doesMatch({ payload: ["hello"] }, { payload: "hello" })).toBe(true);
    expect(doesMatch({ payload: [null] }, { payload: null })).toBe(true);
    expect(doesMatch({ payload: [{ exists: true }] }, { payload: null })).toBe(true);
    expect(doesMatch({ payload: [{ exists: false }] }, { payload: { a: 1 } })).toBe(true);
    expect(doesMatch({ payload: { a: [1] } }, { payload: "text" })).toBe(false);
  });

  it.each(["type", "source", "subject"])("%s counts as absent when it is not set", (field) => {
    expect(doesMatch({ [field]: [{ exists: false }] }, {})).toBe(true);
    expect(doesMatch({ [field]: [{ exists: true }] }, {})).toBe(false);
    expect(doesMatch({ [field]: [{ "anything-but": "x" }] }, {})).toBe(false);
    expect(doesMatch({ [field]: [null] }, {})).toBe(true);
    expect(doesMatch({ [field]: [{ exists: false }] }, { [field]: "x" })).toBe(false);
    expect(doesMatch({ [field]: [null] }, { [field]: "x" })).toBe(false);
    expect(doesMatch({ [field]: ["x"] }, { [field]: "x" })).toBe(true);
  });

  it("exist when there is a value at the very field, not when there are fields inside it", () => {
    const exists = { payload: { "c-count": [{ exists: true }] } };
    const isMissing = { payload: { "c-count": [{ exists: false }] } };
    for (const payload of [{ "c-count": 1 }, { "c-count": null }, { "c-count": [[], [1]] }]) {
      expect(doesMatch(exists, { payload })).toBe(true);
      expect(doesMatch(isMissing, { payload })).toBe(false);
    }
    for (const payload of [
      {},
      { "c-count": { c1: 100 } },
      { "c-count": [] },
      { "c-count": [{ c1: 1 }] },
      5,
    ]) {
      expect(doesMatch(exists, { payload })).toBe(false);
      expect(doesMatch(isMissing, { payload })).toBe(true);
    }
    expect(doesMatch({ payload: { a: { b: [{ exists: false }] } } }, { payload: {} })).toBe(true);
  });

  it("with a dot in their name are fields of that name", () => {
    expect(doesMatch({ payload: { "a.b": [1] } }, { payload: { "a.b": 1 } })).toBe(true);
    expect(doesMatch({ payload: { "a.b": [1] } }, { payload: { a: { b: 1 } } })).toBe(false);
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("called %s are plain data", (key) => {
    const withField = JSON.parse(`{"${key}": "x", "deep": {"${key}": {"${key}": 1}}}`) as JsonValue;
    const exact = {
      payload: JSON.parse(`{"${key}": ["x"], "deep": {"${key}": {"${key}": [1]}}}`) as JsonValue,
    };
    expect(doesMatch(exact, { payload: withField })).toBe(true);
    expect(doesMatch(exact, { payload: {} })).toBe(false);
    const exists = { payload: JSON.parse(`{"${key}": [{"exists": true}]}`) as JsonValue };
    const isMissing = { payload: JSON.parse(`{"${key}": [{"exists": false}]}`) as JsonValue };
    expect(doesMatch(exists, { payload: withField })).toBe(true);
    expect(doesMatch(exists, { payload: {} })).toBe(false);
    expect(doesMatch(isMissing, { payload: {} })).toBe(true);
    const inherited = { payload: { constructor: { name: ["Object"] } } };
    expect(doesMatch(inherited, { payload: {} })).toBe(false);
  });

  it("are read only when a clause needs them", () => {
    const get = () => expect.unreachable("the payload is not needed");
    const event = Object.defineProperty(sampleEvent({ type: "a" }), "payload", { get });
    expect(matchesFilter(sampleFilter({ type: ["b"], payload: { x: [1] } }), event)).toBe(false);
    expect(matchesFilter(sampleFilter({ type: ["a"] }), event)).toBe(true);
  });
});

describe("$or", () => {
  const pattern = {
    source: ["aws.cloudwatch"],
    $or: [
      { payload: { metricName: ["CPUUtilization", "ReadLatency"] } },
      {
        payload: { metricType: ["MetricType"], namespace: ["AWS/EC2", "AWS/ES"] },
        $or: [{ payload: { metricId: [1234] } }, { payload: { spaceId: [1000] } }],
      },
      { subject: ["Service"] },
    ],
  };
  const source = "aws.cloudwatch";

  it("needs one branch beside everything around it", () => {
    expect(doesMatch(pattern, { source, payload: { metricName: "ReadLatency" } })).toBe(true);
    expect(doesMatch(pattern, { source, subject: "Service" })).toBe(true);
    expect(doesMatch(pattern, { source, subject: "Other" })).toBe(false);
    expect(doesMatch(pattern, { source: "aws.ec2", subject: "Service" })).toBe(false);
  });

  it("may stand inside a branch", () => {
    const payload = { metricType: "MetricType", namespace: "AWS/ES" };
    expect(doesMatch(pattern, { source, payload })).toBe(false);
    expect(doesMatch(pattern, { source, payload: { ...payload, spaceId: 1000 } })).toBe(true);
    expect(doesMatch(pattern, { source, payload: { ...payload, metricId: 1 } })).toBe(false);
  });

  it("may stand at any level, several times", () => {
    const parallel = {
      $or: [{ type: ["a"] }, { source: ["b"] }],
      payload: { $or: [{ x: [1] }, { y: [{ exists: false }] }] },
    };
    expect(doesMatch(parallel, { type: "a", payload: { x: 1, y: 1 } })).toBe(true);
    expect(doesMatch(parallel, { source: "b", payload: {} })).toBe(true);
    expect(doesMatch(parallel, { source: "b", payload: { y: 1 } })).toBe(false);
    expect(doesMatch(parallel, { payload: {} })).toBe(false);
  });

  it("adds to a list of the same field outside of it", () => {
    const both = { tags: ["eu"], $or: [{ tags: ["vip"] }, { tags: ["beta"] }] };
    expect(doesMatch(both, { tags: ["eu", "vip"] })).toBe(true);
    expect(doesMatch(both, { tags: ["eu"] })).toBe(false);
  });
});
