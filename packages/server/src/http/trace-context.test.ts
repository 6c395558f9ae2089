import { describe, expect, it } from "vitest";
import { traceOf } from "./trace-context.ts";

const trace = "0af7651916cd43dd8448eb211c80319c";
const parent = "b7ad6b7169203331";
const traceparent = `00-${trace}-${parent}-01`;

describe("the trace of a request", () => {
  it("is taken from valid headers", () => {
    const tracestate = "rojo=00f067aa0ba902b7,tenant@congo=t61rcWkgMzE";
    expect(traceOf({ traceparent, tracestate })).toEqual({ traceparent, tracestate });
  });

  it("of a later version is passed on as version 00, whatever follows the flags", () => {
    expect(traceOf({ traceparent: `cc-${trace}-${parent}-01-more-to-come` })).toEqual({
      traceparent,
      tracestate: null,
    });
  });

  it.each([
    undefined,
    "",
    `ff-${trace}-${parent}-01`,
    `00-${trace}-${parent}-01-more`,
    `00-${"0".repeat(32)}-${parent}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${trace}-${parent}-1`,
    `00-${trace}-${parent}`,
    `${traceparent}, ${traceparent}`,
  ])("is passed over when its parent is not valid: %j", (text) => {
    expect(traceOf({ ...(text === undefined ? {} : { traceparent: text }), tracestate: "a=1" })).toBeNull();
  });

  it.each([
    "no-equals",
    "a=1,a=2",
    "UPPER=1",
    "a=",
    "a=b=c",
    Array.from({ length: 33 }, (_, index) => `k${index}=v`).join(","),
    `a=${"v".repeat(1_024)}`,
    ",",
  ])("goes on without a state that is not valid: %s", (tracestate) => {
    expect(traceOf({ traceparent, tracestate })).toEqual({ traceparent, tracestate: null });
  });

  it("has a state without the empty members and spaces between others", () => {
    expect(traceOf({ traceparent, tracestate: "a=1 ,, b=2" })?.tracestate).toBe("a=1,b=2");
  });
});
