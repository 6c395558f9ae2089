import { describe, expect, it } from "vitest";
import { FAILURES_TO_OPEN, FIRST_PAUSE_MS } from "./breaker.ts";
import { type EndpointPace, paceEndpoint, takeSlots } from "./pace-endpoint.ts";
import { paceSubscription } from "./pace-subscription.ts";

const URL_OF_OURS = "https://receiver.example/hook";
const pace = (url = URL_OF_OURS): EndpointPace => paceEndpoint(url, () => 0.5);
const ILL = { health: "ill", isProbe: false, retryAfterMs: null } as const;

function failing(): EndpointPace {
  const endpoint = pace();
  for (let i = 0; i < FAILURES_TO_OPEN; i++) endpoint.end(0, ILL);
  return endpoint;
}

describe("the pace of a subscription", () => {
  it("gives no more slots than may be in flight", () => {
    const subscription = paceSubscription({ ratePerSecond: null, maxInFlight: 3 });
    expect(subscription.take(0, 2)).toBe(2);
    expect(subscription.take(0, 2)).toBe(1);
    expect([subscription.take(0, 2), subscription.inFlight(), subscription.nextAt(0)]).toEqual([0, 3, null]);
    subscription.end();
    expect([subscription.nextAt(7), subscription.take(7, 2)]).toEqual([7, 1]);
    subscription.giveBack(7, 1);
    expect(subscription.inFlight()).toBe(2);
  });

  it("holds the rate, and tells when the next slot comes", () => {
    const subscription = paceSubscription({ ratePerSecond: 10, maxInFlight: 100 });
    expect(subscription.take(0, 5)).toBe(1);
    expect(subscription.take(99, 5)).toBe(0);
    expect(subscription.nextAt(99)).toBeCloseTo(100);
    expect(subscription.take(100, 5)).toBe(1);
    subscription.giveBack(100, 1);
    expect(subscription.take(100, 5)).toBe(1);
  });

  it("takes new limits for the requests that are in flight", () => {
    const subscription = paceSubscription({ ratePerSecond: null, maxInFlight: 10 });
    expect(subscription.take(0, 10)).toBe(10);
    subscription.change({ ratePerSecond: 5, maxInFlight: 2 });
    expect(subscription.take(0, 10)).toBe(0);
    for (let i = 0; i < 9; i++) subscription.end();
    expect(subscription.take(0, 10)).toBe(1);
    subscription.change({ ratePerSecond: 5, maxInFlight: 3 });
    expect(subscription.take(1, 10)).toBe(0);
    subscription.change({ ratePerSecond: null, maxInFlight: 3 });
    expect(subscription.take(1, 10)).toBe(1);
  });
});

describe("the pace of an endpoint", () => {
  it("is free while it works", () => {
    const endpoint = pace();
    expect(endpoint.take(0, 100)).toEqual({ count: 100, isProbe: false });
    expect([endpoint.nextAt(5), endpoint.state(5)]).toEqual([5, "closed"]);
  });

  it("stops at a broken one and probes it with one request", () => {
    const endpoint = failing();
    expect(endpoint.take(0, 10)).toEqual({ count: 0, isProbe: false });
    expect(endpoint.nextAt(0)).toBe(FIRST_PAUSE_MS);
    const probe = endpoint.take(FIRST_PAUSE_MS, 10);
    expect(probe).toEqual({ count: 1, isProbe: true });
    expect([endpoint.take(FIRST_PAUSE_MS, 10).count, endpoint.nextAt(FIRST_PAUSE_MS)]).toEqual([0, null]);
    endpoint.end(FIRST_PAUSE_MS, { health: "well", isProbe: probe.isProbe, retryAfterMs: null });
    expect(endpoint.take(FIRST_PAUSE_MS, 10)).toEqual({ count: 10, isProbe: false });
  });

  it("probes again at once when the probe found nothing to send", () => {
    const endpoint = failing();
    endpoint.giveBack(FIRST_PAUSE_MS, endpoint.take(FIRST_PAUSE_MS, 10));
    expect(endpoint.take(FIRST_PAUSE_MS, 10)).toEqual({ count: 1, isProbe: true });
  });

  it("leaves one alone that asks for it, up to a minute", () => {
    const endpoint = pace();
    endpoint.end(0, { health: "ill", isProbe: false, retryAfterMs: 2_000 });
    endpoint.end(0, { health: "ill", isProbe: false, retryAfterMs: 1_000 });
    expect([endpoint.take(1_999, 5).count, endpoint.nextAt(0)]).toEqual([0, 2_000]);
    expect(endpoint.take(2_000, 5).count).toBe(5);
    endpoint.end(2_000, { health: "ill", isProbe: false, retryAfterMs: 86_400_000 });
    expect(endpoint.nextAt(2_000)).toBe(62_000);
  });

  it("leaves none alone because of an answer for one event", () => {
    const endpoint = pace();
    endpoint.end(0, { health: "well", isProbe: false, retryAfterMs: 60_000 });
    expect(endpoint.take(0, 5).count).toBe(5);
  });

  it.each(["https://hooks.zapier.com/hooks/standard/1/abc/", "https://HOOKS.zapier.com./x"])(
    "is 25 a second at most for %s",
    (url) => {
      const endpoint = pace(url);
      let starts = 0;
      for (let now = 0; now < 1_000; now++) starts += endpoint.take(now, 100).count;
      expect(starts).toBe(25);
      expect(endpoint.nextAt(999)).toBeCloseTo(1_000);
      const grant = endpoint.take(1_001, 100);
      endpoint.giveBack(1_001, grant);
      expect([grant.count, endpoint.take(1_001, 100).count]).toEqual([1, 1]);
    },
  );

  it("is not that of Zapier for hosts that only sound like it", () => {
    expect(pace("https://hooks.zapier.com.example/x").take(0, 100).count).toBe(100);
  });
});

describe("takeSlots", () => {
  it("gives slots that both have, and returns what the endpoint has not", () => {
    const subscription = paceSubscription({ ratePerSecond: null, maxInFlight: 10 });
    const endpoint = failing();
    expect(takeSlots({ subscription, endpoint }, 0, 5)).toEqual({ count: 0, isProbe: false });
    expect(subscription.inFlight()).toBe(0);
    expect(takeSlots({ subscription, endpoint }, FIRST_PAUSE_MS, 5)).toEqual({ count: 1, isProbe: true });
    expect(subscription.inFlight()).toBe(1);
  });

  it("takes no probe for a subscription without slots", () => {
    const endpoint = failing();
    const full = paceSubscription({ ratePerSecond: null, maxInFlight: 0 });
    expect(takeSlots({ subscription: full, endpoint }, FIRST_PAUSE_MS, 5).count).toBe(0);
    expect(endpoint.take(FIRST_PAUSE_MS, 1)).toEqual({ count: 1, isProbe: true });
  });

  it("gives what the subscription has when the endpoint is free", () => {
    const subscription = paceSubscription({ ratePerSecond: null, maxInFlight: 3 });
    expect(takeSlots({ subscription, endpoint: pace() }, 0, 5)).toEqual({ count: 3, isProbe: false });
  });
});
