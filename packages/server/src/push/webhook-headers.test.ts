import { describe, expect, it } from "vitest";
import { fixedHeaders, webhookHeaders } from "./webhook-headers.ts";

const fixed = fixedHeaders({
  userAgent: "triggers-api/1.2.3",
  contentType: "application/json",
  custom: { "X-Api-Key": "k", authorization: "Bearer t" },
});
const request = {
  fixed,
  id: "d1",
  timestamp: 1_700_000_000,
  body: Buffer.from("{}"),
  secrets: ["s1", "s2"],
  trace: null,
};
const sign = (secrets: readonly string[], content: { id: string; timestamp: number }): string =>
  `${secrets.join("+")} for ${content.id} at ${content.timestamp}`;

describe("the headers of a webhook", () => {
  it("are its own, those of the format, and those of the signature", () => {
    expect(webhookHeaders(request, sign)).toEqual([
      ...["content-type", "application/json", "user-agent", "triggers-api/1.2.3"],
      ...["X-Api-Key", "k", "authorization", "Bearer t"],
      ...["webhook-id", "d1", "webhook-timestamp", "1700000000"],
      ...["webhook-signature", "s1+s2 for d1 at 1700000000"],
    ]);
  });

  it("carry the trace of the event on", () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const plain = webhookHeaders(request, sign);
    const traced = webhookHeaders({ ...request, trace: { traceparent, tracestate: null } }, sign);
    expect(traced.slice(plain.length)).toEqual(["traceparent", traceparent]);
    const withState = webhookHeaders({ ...request, trace: { traceparent, tracestate: "a=b" } }, sign);
    expect(withState.slice(plain.length)).toEqual(["traceparent", traceparent, "tracestate", "a=b"]);
  });

  it("are made anew for each request", () => {
    webhookHeaders(request, sign).push("x", "y");
    expect(webhookHeaders(request, sign)).toHaveLength(14);
  });
});
