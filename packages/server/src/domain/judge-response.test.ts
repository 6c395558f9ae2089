import { describe, expect, it } from "vitest";
import { ATTEMPT_ERRORS, type AttemptResult } from "./attempt-result.ts";
import { judgeResponse } from "./judge-response.ts";

const now = Date.UTC(2026, 10, 22, 10);

function judge(result: Partial<AttemptResult>): ReturnType<typeof judgeResponse> {
  const answered = {
    statusCode: null,
    errorCode: null,
    retryAfter: null,
    excerpt: new Uint8Array(),
    durationMs: 5,
  };
  return judgeResponse({ ...answered, ...result }, now);
}

describe("judgeResponse", () => {
  it.each([200, 201, 202, 204, 206, 299])("takes %d for an acknowledgement", (statusCode) => {
    expect(judge({ statusCode })).toEqual({ outcome: "acknowledged" });
  });

  it("takes 410 for the end of the subscription", () => {
    expect(judge({ statusCode: 410, retryAfter: "5" })).toEqual({ outcome: "gone" });
  });

  it.each([300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 409, 413, 422])(
    "tries again after %d and holds nothing against the endpoint",
    (statusCode) => {
      expect(judge({ statusCode })).toEqual({
        outcome: "retry",
        reason: `http_${statusCode}`,
        retryAfterMs: null,
        isEndpointIll: false,
      });
    },
  );

  it.each([408, 429, 500, 502, 503, 504, 599, 999])(
    "tries again after %d and takes the endpoint for ill",
    (statusCode) => {
      expect(judge({ statusCode })).toMatchObject({ outcome: "retry", isEndpointIll: true });
    },
  );

  it("reads Retry-After of an answer, and passes over garbage", () => {
    expect(judge({ statusCode: 429, retryAfter: " 30 " })).toMatchObject({ retryAfterMs: 30_000 });
    expect(judge({ statusCode: 503, retryAfter: "Sun, 22 Nov 2026 10:00:10 GMT" })).toMatchObject({
      retryAfterMs: 10_000,
    });
    expect(judge({ statusCode: 429, retryAfter: "soon" })).toMatchObject({ retryAfterMs: null });
  });

  it.each(ATTEMPT_ERRORS.filter((code) => code !== "stopped"))("tries again after %s", (errorCode) => {
    expect(judge({ errorCode })).toEqual({
      outcome: "retry",
      reason: errorCode,
      retryAfterMs: null,
      isEndpointIll: true,
    });
  });

  it("tries again when it is not known what came of it", () => {
    expect(judge({})).toMatchObject({ outcome: "retry", reason: "unknown", isEndpointIll: true });
  });

  it("gives back what we ended ourselves", () => {
    expect(judge({ errorCode: "stopped" })).toEqual({ outcome: "given_back" });
  });
});
