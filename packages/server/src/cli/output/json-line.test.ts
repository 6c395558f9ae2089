import { parseEvent } from "@triggers/client";
import { expect, it } from "vitest";
import { jsonLine } from "./json-line.ts";

const EVENT = '{"id":"1","payload":{"n": 9007199254740993,\n "text":"a\\nb \\"c\\""},"type":null}';

it("A payload goes out as it was sent, on one line", () => {
  const line = jsonLine({ event: parseEvent(EVENT), attempt: 1 });
  expect(line).toBe(
    '{"event":{"id":"1","payload":{"n": 9007199254740993,  "text":"a\\nb \\"c\\""},"type":null},"attempt":1}',
  );
});

it("Several payloads keep their places, also where one looks like another's", () => {
  const [one, two] = [parseEvent('{"payload":{"a":1}}'), parseEvent('{"payload":{"payload":"payload-0"}}')];
  expect(jsonLine({ data: [one, two] })).toBe(
    '{"data":[{"payload":{"a":1}},{"payload":{"payload":"payload-0"}}]}',
  );
});

it("What has no payload is JSON as ever", () => {
  expect(jsonLine({ a: [1, null, "x"], payloadText: null })).toBe('{"a":[1,null,"x"],"payloadText":null}');
});
