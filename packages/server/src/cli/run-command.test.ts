import { expect, it } from "vitest";
import { OperatorError, TriggersError } from "../domain/errors.ts";
import { reasonOf } from "./run-command.ts";

class FolderError extends OperatorError {}

it.each([
  ["what an operator can act on", new OperatorError("Empty the store."), "triggers: Empty the store."],
  [
    "any kind of it",
    new FolderError("Another process has the folder."),
    "triggers: Another process has the folder.",
  ],
  ["a refusal", new TriggersError("storage_full", "Make room."), "triggers: storage_full: Make room."],
  [
    "what the system says",
    Object.assign(new Error("address in use"), { syscall: "listen" }),
    "triggers: address in use",
  ],
  [
    "what a database says",
    Object.assign(new Error("no such user"), { severity: "FATAL" }),
    "triggers: no such user",
  ],
  [
    "the first of several addresses that were tried",
    new AggregateError([Object.assign(new Error("refused"), { syscall: "connect" })]),
    "triggers: refused",
  ],
])("tells %s by its message alone", (_what, error, told) => {
  expect(reasonOf(error)).toBe(told);
});

it("shows where anything else happened: it is a bug", () => {
  expect(reasonOf(new Error("undefined is not a function"))).toContain("run-command.test.ts");
});
