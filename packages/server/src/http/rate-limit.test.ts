import type { FastifyReply } from "fastify";
import { describe, expect, it } from "vitest";
import { makeRateLimit } from "./rate-limit.ts";

/** As much of a reply as a rate limit touches. */
function makeReply(credentialId: string) {
  const headers: Record<string, string> = {};
  const reply = {
    request: { caller: { credentialId } },
    header: (name: string, value: string) => {
      headers[name] = value;
      return reply;
    },
    hasHeader: (name: string) => name in headers,
  };
  return { reply: reply as unknown as FastifyReply, headers };
}

function makeClock() {
  let now = 1_000;
  return { monotonic: () => now, advance: (ms: number) => (now += ms) };
}

describe("a rate limit", () => {
  it("lets one second's worth through at once, then as much as the time brings", () => {
    const clock = makeClock();
    const limit = makeRateLimit(10, clock.monotonic);
    const { reply } = makeReply("a");
    const admitted = (count: number): number =>
      Array.from({ length: count }, () => limit.admit(reply, "a", "requests")).filter((one) => one === null)
        .length;
    expect(admitted(20)).toBe(10);
    clock.advance(500);
    expect(admitted(20)).toBe(5);
    clock.advance(60_000);
    expect(admitted(20)).toBe(10);
  });

  it("lets a batch leave debt, and refuses until it is paid", () => {
    const clock = makeClock();
    const limit = makeRateLimit(10, clock.monotonic);
    const { reply, headers } = makeReply("a");
    expect(limit.admit(reply, "a", "events")).toBeNull();
    limit.chargeEvents(reply, 35);
    expect(headers.ratelimit).toBe('"events";r=0;t=4');
    expect(limit.admit(reply, "a", "events")).toMatchObject({ code: "rate_limited" });
    expect(headers["retry-after"]).toBe("3");
    clock.advance(2_500);
    expect(limit.admit(reply, "a", "events")).not.toBeNull();
    clock.advance(200);
    expect(limit.admit(reply, "a", "events")).toBeNull();
  });

  it("counts events and requests, and every credential, by themselves", () => {
    const limit = makeRateLimit(1, makeClock().monotonic);
    const { reply } = makeReply("a");
    limit.chargeEvents(reply, 5);
    expect(limit.admit(reply, "a", "requests")).toBeNull();
    expect(limit.admit(reply, "b", "events")).toBeNull();
    expect(limit.admit(reply, "a", "events")).not.toBeNull();
  });

  it("says in its headers what is allowed and what is left", () => {
    const limit = makeRateLimit(10, makeClock().monotonic);
    const { reply, headers } = makeReply("a");
    limit.admit(reply, "a", "requests");
    expect(headers).toEqual({ "ratelimit-policy": '"requests";q=10;w=1', ratelimit: '"requests";r=9;t=1' });
  });

  it("says of events what is left once they are charged, or what there is if they never are", () => {
    const limit = makeRateLimit(10, makeClock().monotonic);
    const [charged, refused] = [makeReply("a"), makeReply("a")];
    limit.admit(charged.reply, "a", "events");
    limit.chargeEvents(charged.reply, 3);
    limit.showEvents(charged.reply);
    limit.admit(refused.reply, "a", "events");
    limit.chargeEvents(charged.reply, 1);
    limit.showEvents(refused.reply);
    expect([charged.headers.ratelimit, refused.headers.ratelimit]).toEqual([
      '"events";r=6;t=1',
      '"events";r=6;t=1',
    ]);
  });

  it("never forgets a debt, however many credentials come", () => {
    const limit = makeRateLimit(10, makeClock().monotonic);
    const { reply } = makeReply("debtor");
    limit.chargeEvents(reply, 100);
    for (let other = 0; other < 25_000; other++) limit.admit(reply, `other-${other}`, "events");
    expect(limit.admit(reply, "debtor", "events")).not.toBeNull();
  });

  it("of 0 limits nothing and says nothing", () => {
    const limit = makeRateLimit(0, makeClock().monotonic);
    const { reply, headers } = makeReply("a");
    limit.chargeEvents(reply, 1_000_000);
    expect(limit.admit(reply, "a", "events")).toBeNull();
    expect(headers).toEqual({});
  });

  it("lets its share through, from the next token on", () => {
    const clock = makeClock();
    const limit = makeRateLimit(10, clock.monotonic);
    const { reply } = makeReply("a");
    const admitted = (credentialId: string): number =>
      Array.from({ length: 20 }, () => limit.admit(reply, credentialId, "requests")).filter(
        (one) => one === null,
      ).length;
    limit.setShares(new Map([["a/requests", 4]]), 2);
    expect(admitted("a")).toBe(2);
    limit.setShares(new Map([["a/requests", 4]]), 2);
    clock.advance(60_000);
    expect([admitted("a"), admitted("b")]).toEqual([4, 2]);
    clock.advance(500);
    expect([admitted("a"), admitted("b")]).toEqual([2, 1]);
  });

  it("counts what was asked for, refused or not, events of a batch each", () => {
    const limit = makeRateLimit(10, makeClock().monotonic);
    const { reply } = makeReply("a");
    for (let request = 0; request < 15; request++) limit.admit(reply, "a", "requests");
    limit.admit(reply, "a", "events");
    limit.chargeEvents(reply, 1);
    limit.chargeEvents(reply, 99);
    limit.admit(reply, "a", "events");
    expect(limit.takeAsked()).toEqual(
      new Map([
        ["a/events", 101],
        ["a/requests", 15],
      ]),
    );
    expect(limit.takeAsked()).toEqual(new Map());
  });
});
