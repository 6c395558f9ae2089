import { TriggersError } from "@triggers/client";
import { beforeAll, expect, it } from "vitest";
import { reasonOf } from "../run-command.ts";
import { notePresentConnection } from "./present-connection.ts";

beforeAll(() => notePresentConnection({ url: "http://a:1", urlFrom: "--url", keyFrom: "the profile prod" }));

it.each([
  [
    "a server that is not there",
    { code: "connection_failed" },
    /No server answers at http:\/\/a:1 \(from --url\).*npm start/,
  ],
  ["a key that is not taken", { code: "unauthenticated", status: 401 }, /key from the profile prod/],
  [
    "something else at the address",
    { code: "unexpected_status", status: 404 },
    /no Triggers API \(status 404\)/,
  ],
  [
    "a refusal",
    { code: "name_taken", status: 409, requestId: "r-1" },
    /^triggers: name_taken: Do this\. \(request r-1\)$/,
  ],
  [
    "fields at fault",
    {
      code: "invalid_request",
      errors: [
        { pointer: "/type", detail: "must be dotted" },
        { pointer: "", detail: "is odd" },
      ],
    },
    /^triggers: invalid_request:\n {2}\/type: must be dotted\n {2}the whole: is odd$/,
  ],
])("says what to do about %s", (_what, parts, words) => {
  expect(reasonOf(new TriggersError({ detail: "Do this.", ...parts }))).toMatch(words);
});
