import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonText } from "../../../server/src/http/testing/json-text.ts";
import { findTexts } from "./find-text.ts";

const PAYLOAD = ["payload"];

describe("The text of a payload", () => {
  it.each([
    ["9007199254740993"],
    ["1e400"],
    ["-0.10"],
    ['"a\\"b\\\\"'],
    ['"\\\\\\""'],
    ['{ "b" : [ 1, {"payload": 2} ] , "a":"]}" }'],
    ["[]"],
    ["{}"],
    ["null"],
    ["true"],
    ['"\u2028 💶"'],
  ])("is found as it stands: %s", (text) => {
    expect(findTexts(`{"id":"1","payload":${text},"status":null}`, PAYLOAD)).toEqual([text]);
    expect(findTexts(`\n{ "payload" : ${text} }\n`, PAYLOAD)).toEqual([text]);
    expect(findTexts(`{"data":[{"payload":${text}},{"payload":1}]}`, ["data", "*", "payload"])).toEqual([
      text,
      "1",
    ]);
  });

  it("is that of the member itself, not of one with the same name inside another", () => {
    const text = '{"metadata":{"payload":"no"},"extensions":["payload",{"payload":0}],"payload":[1]}';
    expect(findTexts(text, PAYLOAD)).toEqual(["[1]"]);
  });

  it("is found behind a name that is written with escapes", () => {
    expect(findTexts('{"\\u0070ayload":7}', PAYLOAD)).toEqual(["7"]);
  });

  it("is null where there is none", () => {
    const path = ["data", "*", "payload"];
    expect(findTexts('{"data":[{"id":1},{"payload":2},3]}', path)).toEqual([null, "2", null]);
    expect(findTexts('{"data":[]}', path)).toEqual([]);
    expect(findTexts('{"other":1}', path)).toEqual([]);
    expect(findTexts('{"other":1}', PAYLOAD)).toEqual([null]);
  });

  it("is found in any answer, whatever stands around it", () => {
    const page = fc.array(fc.record({ payload: jsonText, other: jsonText, isFirst: fc.boolean() }));
    fc.assert(
      fc.property(page, (items) => {
        const events = items.map(({ payload, other, isFirst }) =>
          isFirst
            ? `{"payload":${payload},"metadata":${other}}`
            : `{"metadata": ${other} , "payload":${payload} }`,
        );
        const text = `{"data":[${events.join(" ,")}],"next_cursor":null}`;
        const found = findTexts(text, ["data", "*", "payload"]);
        expect(found).toEqual(items.map(({ payload }) => payload.trim()));
      }),
    );
  });
});
