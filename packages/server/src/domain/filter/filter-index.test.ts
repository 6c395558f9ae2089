import { describe, expect, it } from "vitest";
import { makeFilterIndex } from "./filter-index.ts";
import type { FilterableEvent } from "./filterable-event.ts";
import { sampleEvent, sampleFilter } from "./testing/filter-samples.ts";

function indexOf(patterns: Record<string, unknown>) {
  return makeFilterIndex(
    Object.entries(patterns).map(([id, pattern]) => ({
      id,
      filter: pattern === null ? null : sampleFilter(pattern),
    })),
  );
}

function unreadable(fields: Partial<FilterableEvent>): FilterableEvent {
  const get = () => expect.unreachable("neither payload nor metadata is needed");
  return Object.defineProperties(sampleEvent(fields), { payload: { get }, metadata: { get } });
}

describe("makeFilterIndex", () => {
  it("finds filters by value, prefix, presence and absence", () => {
    const index = indexOf({
      exact: { type: ["order.paid"] },
      several: { type: ["order.paid", "order.sent"], source: ["shop"] },
      prefix: { type: [{ prefix: "order." }] },
      longer: { type: [{ prefix: "order.p" }, "user.made"] },
      wildcard: { type: [{ wildcard: "order.*d*" }] },
      other: { type: [{ suffix: ".paid" }] },
      present: { payload: { amount: [{ exists: true }] } },
      range: { payload: { amount: [{ numeric: [">", 10] }] } },
      absent: { subject: [{ exists: false }] },
      nested: { payload: { items: { sku: ["a"], qty: [{ numeric: [">", 1] }] } } },
      choice: { $or: [{ type: ["x"] }, { tags: ["eu"] }] },
      open: { $or: [{ type: ["x"] }, { source: [{ exists: false }] }] },
      all: null,
      empty: {},
    });
    const match = (fields: Partial<FilterableEvent>) => [...index.match(sampleEvent(fields))].sort();
    expect(match({ type: "order.paid", source: "shop", subject: "s" })).toEqual([
      "all",
      "empty",
      "exact",
      "longer",
      "other",
      "prefix",
      "several",
      "wildcard",
    ]);
    expect(match({ type: "order.sent", subject: "s" })).toEqual(["all", "empty", "open", "prefix"]);
    expect(match({ payload: { amount: 11 }, source: "a" })).toEqual([
      "absent",
      "all",
      "empty",
      "present",
      "range",
    ]);
    expect(match({ payload: { amount: [null, 1] }, source: "a", subject: "s" })).toEqual([
      "all",
      "empty",
      "present",
    ]);
    expect(match({ payload: { items: [{ sku: "a", qty: 2 }] }, source: "a", subject: "s" })).toEqual([
      "all",
      "empty",
      "nested",
    ]);
    expect(match({ tags: ["us", "eu"], source: "a", subject: "s" })).toEqual(["all", "choice", "empty"]);
    expect(
      match({
        source: "a",
        subject: "s",
        payload: {
          items: [
            { sku: "a", qty: 1 },
            { sku: "b", qty: 2 },
          ],
        },
      }),
    ).toEqual(["all", "empty"]);
  });

  it("gives each filter once, however many ways lead to it", () => {
    const index = indexOf({
      a: { tags: ["x", "y", { prefix: "x" }, { prefix: "" }] },
      b: { $or: [{ tags: ["x"] }, { tags: ["y"] }] },
    });
    const event = sampleEvent({ tags: ["x", "y"] });
    expect(index.match(event)).toHaveLength(2);
    expect(index.match(event)).toHaveLength(2);
  });

  it("finds filters among many fields of the same object", () => {
    const names = Array.from({ length: 50 }, (_, number) => `field${number}`);
    const index = indexOf(Object.fromEntries(names.map((name) => [name, { payload: { [name]: ["x"] } }])));
    expect(index.match(sampleEvent({ payload: { field7: "x", field8: "y", other: "x" } }))).toEqual([
      "field7",
    ]);
  });

  it("says whether payload and metadata are needed, and does not touch them otherwise", () => {
    const light = indexOf({
      a: { type: ["a"] },
      b: { tags: ["b"] },
      c: { source: [{ exists: false }] },
      d: null,
    });
    expect(light).toMatchObject({ readsPayload: false, readsMetadata: false });
    expect([...light.match(unreadable({ type: "a" }))].sort()).toEqual(["a", "c", "d"]);
    expect(indexOf({ a: { payload: { x: [1] } } })).toMatchObject({
      readsPayload: true,
      readsMetadata: false,
    });
    expect(indexOf({ a: { metadata: { x: [1] } } })).toMatchObject({
      readsPayload: false,
      readsMetadata: true,
    });
  });

  it("reads the payload only for events that lead to a filter that needs it", () => {
    const index = indexOf({ a: { type: ["a"], payload: { x: [1] } } });
    expect(index.match(unreadable({ type: "b" }))).toEqual([]);
    expect(index.match(sampleEvent({ type: "a", payload: { x: 1 } }))).toEqual(["a"]);
  });

  it("prefers the clause that fewer filters share", () => {
    const patterns = Array.from({ length: 20 }, (_, number) => ({ type: ["a"], metadata: { n: [number] } }));
    const index = indexOf({ ...patterns });
    const get = () => expect.unreachable("no filter is checked");
    const event = Object.defineProperty(sampleEvent({ metadata: { n: 21 } }), "type", { get });
    expect(index.match(event)).toEqual([]);
  });

  it("answers at once when everything matches or nothing is there", () => {
    expect(indexOf({ a: null, b: {} }).match(unreadable({}))).toEqual(["a", "b"]);
    expect(indexOf({}).match(unreadable({}))).toEqual([]);
  });
});
