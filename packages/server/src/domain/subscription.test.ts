import { expect, test } from "vitest";
import { matchesEvents, SUBSCRIPTION_STATES, type Subscription, stateAt } from "./subscription.ts";

const NOW = 1_800_000_000_000;
const SUBSCRIPTION: Subscription = {
  projectId: "project",
  id: "id",
  name: null,
  channel: "inbox",
  matches: null,
  ordered: false,
  onDead: "park",
  maxAttempts: 10,
  labels: [],
  state: "active",
  stateReason: null,
  identity: "identity",
  endpointShard: null,
  sealed: new Uint8Array(0),
  effectiveAt: NOW,
  catchUpTo: null,
  failingSince: null,
  expiresAt: null,
  createdAt: NOW,
  updatedAt: NOW,
  version: 1,
};

test("a subscription without an expiry is in the state that is written", () => {
  for (const state of SUBSCRIPTION_STATES) expect(stateAt({ ...SUBSCRIPTION, state }, NOW)).toBe(state);
});

test("a subscription past its expiry has ended, whatever is written, unless it was deleted", () => {
  for (const state of SUBSCRIPTION_STATES) {
    const subscription = { ...SUBSCRIPTION, state, expiresAt: NOW };
    expect(stateAt(subscription, NOW - 1)).toBe(state);
    expect(stateAt(subscription, NOW)).toBe(state === "deleted" ? "deleted" : "ended");
  }
});

test("paused and disabled subscriptions go on matching, ended and deleted ones do not", () => {
  expect(SUBSCRIPTION_STATES.filter(matchesEvents)).toEqual(["active", "paused", "disabled"]);
});
