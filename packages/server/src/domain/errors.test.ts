import { expect, test } from "vitest";
import { ERRORS, OperatorError, TriggersError } from "./errors.ts";

test("every refusal has a title and says in whole sentences what a caller can do", () => {
  for (const { title, help } of Object.values(ERRORS)) {
    expect(title).toMatch(/^[A-Z][^.\n]*$/);
    expect(help).toMatch(/^[A-Z][^\n]*\.$/);
  }
});

test("codes are lower-case words joined by underscores", () => {
  for (const code of Object.keys(ERRORS)) expect(code).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/);
});

test("a refusal carries its code, its sentence, its fields and its cause", () => {
  const cause = new Error("disk");
  const fields = [{ pointer: "/type", detail: "Send text." }];
  const error = new TriggersError("invalid_request", "Correct one field.", { fields, cause });
  expect(error).toMatchObject({
    name: "TriggersError",
    code: "invalid_request",
    detail: "Correct one field.",
    fields,
    cause,
    message: "invalid_request: Correct one field.",
  });
  expect(error).toBeInstanceOf(Error);
});

test("a refusal has no fields and no cause unless they are given", () => {
  const error = new TriggersError("not_found", "Check the id.");
  expect([error.fields, error.cause]).toEqual([[], undefined]);
});

test("what stops a start or a command has the name of its kind, its sentence and its cause", () => {
  class SettingError extends OperatorError {}
  const cause = new Error("disk");
  expect(new SettingError("Set it.", cause)).toMatchObject({
    name: "SettingError",
    message: "Set it.",
    cause,
  });
  expect(new OperatorError("Stop it.")).toMatchObject({ name: "OperatorError", message: "Stop it." });
});
