import { describe, expect, it } from "vitest";
import { checkHeaders, HEADER_LIMITS } from "./check-headers.ts";

const detailsOf = (headers: Record<string, string>): string[] =>
  checkHeaders(headers).map(({ detail }) => detail);

describe("checkHeaders", () => {
  it.each([
    ["authorization", "Bearer abc.def-ghi"],
    ["X-Api-Key", "a b\tc"],
    ["cookie", 'a="b"; c=d'],
    ["x-empty", ""],
    ["x-one", "1"],
    ["__proto__", "x"],
    ["!#$%&'*+-.^_`|~09", "~"],
  ])("lets %s: %j pass", (name, value) => {
    expect(checkHeaders(Object.fromEntries([[name, value]]))).toEqual([]);
  });

  it.each(["", "a b", "a:b", "a\r\nb", "bücher", "a\u0000", "(x)", "a,b", "x\u007f"])(
    "refuses the name %j",
    (name) => {
      expect(detailsOf({ [name]: "x" })).toEqual([
        "must have a header name of letters, digits and -_.!#$%&'*+^`|~",
      ]);
    },
  );

  it.each(["a\r\nb: c", "a\n", "\r", "a\u0000b", " a", "a ", "\ta", "ü", "\u007f", " ", "a\u2028"])(
    "refuses the value %j",
    (value) => {
      expect(detailsOf({ "x-a": value })).toEqual([
        "must have a value of printable ASCII, with no space at its ends",
      ]);
    },
  );

  it.each([
    "connection",
    "Keep-Alive",
    "TE",
    "trailer",
    "Transfer-Encoding",
    "upgrade",
    "expect",
    "http2-settings",
    "Proxy-Authorization",
    "proxy-connection",
  ])("refuses %s, which is of the connection", (name) => {
    expect(detailsOf({ [name]: "x" })).toEqual(["must not be a header of the connection itself"]);
  });

  it.each([
    "host",
    "Content-Length",
    "content-type",
    "content-encoding",
    "date",
    "User-Agent",
    "traceparent",
    "tracestate",
  ])("refuses %s, which is written by the server", (name) => {
    expect(detailsOf({ [name]: "x" })).toEqual(["must not be a header that we write"]);
  });

  it.each(["webhook-id", "Webhook-Signature", "webhook-x"])(
    "refuses %s, which belongs to the signature",
    (name) => {
      expect(detailsOf({ [name]: "x" })).toEqual([
        "must not start with webhook-, which are the headers of the signature",
      ]);
    },
  );

  it("points at each header that is at fault", () => {
    expect(checkHeaders({ good: "x", "a/b~c": "x", host: "x" })).toEqual([
      { pointer: "/webhook/headers/a~1b~0c", detail: expect.stringContaining("header name") },
      { pointer: "/webhook/headers/host", detail: "must not be a header that we write" },
    ]);
    expect(checkHeaders({ host: "x" }, "/headers")[0]?.pointer).toBe("/headers/host");
  });

  it("refuses one header in two spellings", () => {
    expect(checkHeaders({ "X-A": "1", "x-a": "2" })).toEqual([
      {
        pointer: "/webhook/headers/x-a",
        detail: "must not differ from another header in upper and lower case only",
      },
    ]);
  });

  it("holds the limits of count, name, value and sum", () => {
    const many = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, "v"]));
    expect(checkHeaders(many(HEADER_LIMITS.count))).toEqual([]);
    expect(checkHeaders(many(HEADER_LIMITS.count + 1))).toEqual([
      { pointer: "/webhook/headers", detail: "must have at most 32 headers" },
    ]);

    const name = "n".repeat(HEADER_LIMITS.nameLength);
    const value = "v".repeat(HEADER_LIMITS.valueLength);
    expect(checkHeaders({ [name]: value })).toEqual([]);
    expect(detailsOf({ [`${name}n`]: "v" })).toEqual(["must have a name of at most 128 characters"]);
    expect(detailsOf({ a: `${value}v` })).toEqual(["must have a value of at most 2048 characters"]);
    expect(detailsOf({ a: value, b: value, c: value, d: value })).toEqual([
      "must have at most 8192 characters together",
    ]);
  });
});
