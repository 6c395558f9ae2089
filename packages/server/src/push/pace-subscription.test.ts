import { describe, expect, it } from "vitest";
import { paceSubscription } from "./pace-subscription.ts";

describe("the pace of a subscription", () => {
  it("gives no more slots than may be in flight", () => {
    const subscription = paceSubscription(0, { ratePerSecond: null, maxInFlight: 3 });
    expect(subscription.take(0, 2)).toBe(2);
    expect(subscription.take(0, 2)).toBe(1);
    expect([subscription.take(0, 2), subscription.inFlight(), subscription.nextAt(0)]).toEqual([0, 3, null]);
    subscription.end();
    expect([subscription.nextAt(7), subscription.take(7, 2)]).toEqual([7, 1]);
    subscription.giveBack(7, 1);
    expect(subscription.inFlight()).toBe(2);
  });

  it("holds the rate, and tells when the next slot comes", () => {
    const subscription = paceSubscription(-1_000, { ratePerSecond: 10, maxInFlight: 100 });
    expect(subscription.take(0, 5)).toBe(1);
    expect(subscription.take(99, 5)).toBe(0);
    expect(subscription.nextAt(99)).toBeCloseTo(100);
    expect(subscription.take(100, 5)).toBe(1);
    subscription.giveBack(100, 1);
    expect(subscription.take(100, 5)).toBe(1);
  });

  it("takes new limits for the requests that are in flight", () => {
    const subscription = paceSubscription(0, { ratePerSecond: null, maxInFlight: 10 });
    expect(subscription.take(0, 10)).toBe(10);
    subscription.change(-1_000, { ratePerSecond: 5, maxInFlight: 2 });
    expect(subscription.take(0, 10)).toBe(0);
    for (let i = 0; i < 9; i++) subscription.end();
    expect(subscription.take(0, 10)).toBe(1);
    subscription.change(1, { ratePerSecond: 5, maxInFlight: 3 });
    expect(subscription.take(1, 10)).toBe(0);
    subscription.change(1, { ratePerSecond: null, maxInFlight: 3 });
    expect(subscription.take(1, 10)).toBe(1);
  });
});
