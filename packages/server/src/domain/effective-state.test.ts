import { expect, test } from "vitest";
import type { Delivery } from "./delivery.ts";
import { DELIVERY_STATES } from "./delivery-state.ts";
import { effectiveDelivery } from "./effective-state.ts";

const deliveries = DELIVERY_STATES.map((state) => ({ state, stateReason: "own" }) as Delivery);
const reading = (fate: Parameters<typeof effectiveDelivery>[1]) =>
  deliveries.map((delivery) => {
    const { state, stateReason } = effectiveDelivery(delivery, fate);
    return `${state} ${stateReason}`;
  });

const settled = ["acknowledged own", "dead own", "cancelled own"];

test("open deliveries of a deleted or forgotten subscription read as cancelled", () => {
  const cancelled = "cancelled subscription_deleted";
  for (const fate of [null, { state: "deleted", reason: null } as const])
    expect(reading(fate)).toEqual([cancelled, cancelled, ...settled]);
});

test("open deliveries of a subscription that ended read as dead, with the reason of its end", () => {
  expect(reading({ state: "ended", reason: "gone" })).toEqual(["dead gone", "dead gone", ...settled]);
});

test("deliveries of any other subscription read as they are", () => {
  for (const state of ["active", "paused", "disabled"] as const)
    expect(reading({ state, reason: null })).toEqual(["pending own", "leased own", ...settled]);
});
