import { Writable } from "node:stream";
import { fastify } from "fastify";
import { describe, expect, it } from "vitest";
import { TriggersError } from "../domain/errors.ts";
import { makeLog } from "../observe/log.ts";
import { makeErrorHandler } from "./answer-errors.ts";
import { makeRateLimit } from "./rate-limit.ts";

/** A server whose only route throws, and what it logs at the default level. */
async function answerTo(error: unknown) {
  const lines: { level: string; [fact: string]: unknown }[] = [];
  const sink = new Writable({
    write(line, _encoding, done) {
      lines.push(JSON.parse(String(line)));
      done();
    },
  });
  const server = fastify({ genReqId: () => "req-1" });
  server.decorateRequest("prepared", null);
  server.setErrorHandler(
    makeErrorHandler({ log: makeLog("info", sink), rateLimit: makeRateLimit(0, () => 0) }),
  );
  server.get("/", () => {
    throw error;
  });
  const response = await server.inject("/");
  return { response, lines };
}

describe("a bug", () => {
  it("is 500 without a word of what happened, and logged once with the request id", async () => {
    const { response, lines } = await answerTo(new TypeError("SELECT secret FROM /etc/passwd"));
    expect(response.statusCode).toBe(500);
    expect(response.json()).toMatchObject({ code: "internal", request_id: "req-1" });
    expect(response.body).not.toMatch(/SELECT|passwd|TypeError|\.ts/);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: "error", requestId: "req-1" });
    expect(JSON.stringify(lines[0])).toContain("SELECT secret");
  });

  it("is one also when something else than an error is thrown", async () => {
    const { response, lines } = await answerTo({ statusCode: 418, message: "teapot" });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain("teapot");
    expect(lines).toHaveLength(1);
  });
});

describe("a refusal", () => {
  it("has one line with its code", async () => {
    const { response, lines } = await answerTo(new TriggersError("name_taken", "Choose another."));
    expect(response.statusCode).toBe(409);
    expect(lines).toMatchObject([{ level: "info", code: "name_taken", requestId: "req-1" }]);
  });

  it.each(["unauthenticated", "rate_limited", "overloaded"] as const)(
    "that may come in floods has none: %s",
    async (code) => {
      expect((await answerTo(new TriggersError(code, "Wait."))).lines).toEqual([]);
    },
  );

  it.each([
    ["overloaded", "1"],
    ["shutting_down", "1"],
    ["storage_unavailable", "2"],
    ["storage_full", "60"],
  ] as const)("of ours says when to come again: %s", async (code, seconds) => {
    const { response } = await answerTo(new TriggersError(code, "Wait."));
    expect(response.statusCode).toBe(503);
    expect(response.headers["retry-after"]).toBe(seconds);
  });

  it("with a cause of ours is a warning that holds the cause", async () => {
    const cause = new Error("disk I/O error");
    const { response, lines } = await answerTo(new TriggersError("storage_unavailable", "Wait.", { cause }));
    expect(response.body).not.toContain("disk");
    expect(lines).toMatchObject([{ level: "warn", err: { message: "disk I/O error" } }]);
  });
});
