import { expect, test } from "vitest";
import type { DeliveryState } from "./delivery-state.ts";
import { type EventStatus, statusOf } from "./status.ts";

const cases: readonly (readonly [EventStatus, string, readonly DeliveryState[]])[] = [
  ["unmatched", "no delivery", []],
  ["unmatched", "none but cancelled ones", ["cancelled", "cancelled"]],
  ["pending", "none ever handed over", ["pending", "pending"]],
  ["pending", "none ever handed over beside a cancelled one", ["pending", "cancelled"]],
  ["delivered", "one that is held", ["pending", "leased"]],
  ["delivered", "one acknowledged and one open", ["acknowledged", "pending"]],
  ["acknowledged", "all acknowledged", ["acknowledged", "acknowledged"]],
  ["acknowledged", "all acknowledged that are not cancelled", ["acknowledged", "cancelled"]],
  ["dead", "one dead and none open", ["dead", "acknowledged"]],
  ["dead", "one dead and none open beside a cancelled one", ["dead", "cancelled"]],
  ["delivered", "one dead and one held", ["dead", "leased"]],
];

test.each(cases)("an event is %s with %s", (status, _what, states) => {
  expect(statusOf(states.map((state) => ({ state, attempt: 0 })))).toBe(status);
});

test("an event that was handed over and given back is delivered", () => {
  expect(statusOf([{ state: "pending", attempt: 1 }])).toBe("delivered");
});

test("an event whose dead delivery was never handed over, beside one that waits, is pending", () => {
  const glances = [
    { state: "dead", attempt: 0 },
    { state: "pending", attempt: 0 },
  ] as const;
  expect(statusOf(glances)).toBe("pending");
});
