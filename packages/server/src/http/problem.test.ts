import { describe, expect, it } from "vitest";
import { ERRORS, TriggersError } from "../domain/errors.ts";
import { makeErrorsPage } from "./errors-page.ts";
import { problemOf, refusalOf, STATUS } from "./problem.ts";

describe("a problem document", () => {
  it("says what is wrong, what to do, and where to read on", () => {
    const error = new TriggersError("invalid_request", "Correct it.", {
      fields: [{ pointer: "/a", detail: "is required" }],
    });
    expect(problemOf(error, "req-1")).toEqual({
      type: "/docs/errors.md#invalid_request",
      title: "The request is not valid",
      status: 422,
      detail: "Correct it.",
      code: "invalid_request",
      request_id: "req-1",
      errors: [{ pointer: "/a", detail: "is required" }],
    });
  });

  it("lists no fields where none is to blame", () => {
    expect(problemOf(new TriggersError("not_found", "Check the id."), "r")).not.toHaveProperty("errors");
  });
});

describe("the page of errors", () => {
  it.each(Object.keys(ERRORS))("has a section for %s, which its problems link to", (code) => {
    expect(makeErrorsPage()).toContain(`\n## ${code}\n\n**${STATUS[code as keyof typeof STATUS]}** `);
  });
});

describe("what was thrown", () => {
  it("is a bug unless it is a refusal or a known fault of the request", () => {
    expect(refusalOf(new TypeError("x is not a function"))).toBeNull();
    expect(refusalOf("text")).toBeNull();
    expect(refusalOf(Object.assign(new Error("bad"), { code: "FST_ERR_SEND_UNDEFINED_ERR" }))).toBeNull();
    expect(refusalOf(Object.assign(new Error("bad"), { code: "constructor" }))).toBeNull();
    expect(refusalOf(Object.assign(new Error("bad"), { code: "FST_ERR_BAD_URL" }))?.code).toBe(
      "malformed_request",
    );
  });
});
