import { expect, it } from "vitest";
import { parseExactly } from "./exact-json.ts";

it.each(['{"a":9007199254740993,"b":[1.10,1e400,-0,0.1,5],"c":"9007199254740993","d":null}', "1e400", "[]"])(
  "%s comes out as it was",
  (text) => {
    expect(JSON.stringify(parseExactly(text))).toBe(text);
  },
);

it("what a double holds is a plain number", () => {
  expect(parseExactly('{"a":[0,-1.5,4999]}')).toEqual({ a: [0, -1.5, 4_999] });
});
