import { DatabaseError } from "pg";
import { expect, test } from "vitest";
import { TriggersError } from "../../domain/errors.ts";
import { isRetryable, translateError } from "./translate-errors.ts";

/** As the server sends it. */
function serverError(code: string, severity = "ERROR"): Error {
  return Object.assign(new DatabaseError("refused", 1, "error"), { code, severity });
}

function codeOf(error: unknown): string {
  const translated = translateError(error);
  return translated instanceof TriggersError ? translated.code : "unchanged";
}

test.each([
  ["08006", "lost connection"],
  ["25006", "a server that only reads"],
  ["40001", "races lost too often"],
  ["53300", "too many connections"],
  ["55P03", "a lock that was not to be had"],
  ["57014", "a statement given up in time"],
  ["57P01", "a server that stops"],
  ["58030", "an i/o error"],
  ["3D000", "a database that is gone"],
])("%s (%s) is storage_unavailable", (code) => {
  expect(codeOf(serverError(code))).toBe("storage_unavailable");
});

test("a full disk is storage_full", () => {
  expect(codeOf(serverError("53100"))).toBe("storage_full");
});

test.each(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EPIPE"])(
  "%s of a socket is storage_unavailable",
  (code) => {
    expect(codeOf(Object.assign(new Error("socket"), { code }))).toBe("storage_unavailable");
  },
);

test.each([
  "Connection terminated unexpectedly",
  "Query read timeout",
  "Client has encountered a connection error and is not queryable",
])("%s is storage_unavailable", (message) => {
  expect(codeOf(new Error(message))).toBe("storage_unavailable");
});

test("a store that is used after it was closed is a bug and stays as it is", () => {
  expect(codeOf(new Error("Cannot use a pool after calling end on the pool"))).toBe("unchanged");
});

test.each(["23505", "42601", "42P01", "22021"])("%s of a statement is a bug and stays as it is", (code) => {
  expect(codeOf(serverError(code))).toBe("unchanged");
});

test("what is translated keeps its cause and is not translated again", () => {
  const cause = serverError("57P01");
  const translated = translateError(cause);
  expect(translated).toMatchObject({ cause });
  expect(translateError(translated)).toBe(translated);
});

test("only lost races are run again", () => {
  expect(["40001", "40P01", "23505", "57014"].map((code) => isRetryable(serverError(code)))).toEqual([
    ...[true, true, false, false],
  ]);
});
