import { expect, test } from "vitest";
import { DELIVERY_STATES } from "./delivery-state.ts";
import { holdsLane } from "./lane.ts";

const place = { key: "key", position: 1 };

test("with skip only open deliveries hold their lane", () => {
  const holding = DELIVERY_STATES.filter((state) => holdsLane(state, { ...place, parks: false }));
  expect(holding).toEqual(["pending", "leased"]);
});

test("with park a dead delivery holds its lane too", () => {
  const holding = DELIVERY_STATES.filter((state) => holdsLane(state, { ...place, parks: true }));
  expect(holding).toEqual(["pending", "leased", "dead"]);
});
