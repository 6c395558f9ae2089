import { expect, test } from "vitest";
import {
  matchAlike,
  matchesEvents,
  SUBSCRIPTION_STATES,
  type Subscription,
  stateAt,
} from "./subscription.ts";

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

test("two match alike unless their filter, their expiry, what the main inbox takes, or whether they match at all differs", () => {
  const unlike: readonly Partial<Subscription>[] = [
    { state: "ended" },
    { matches: "all" },
    { expiresAt: NOW },
    { sealed: Uint8Array.of(1, 2) },
    { sealed: Uint8Array.of(1, 2, 3, 5) },
  ];
  const one = { ...SUBSCRIPTION, sealed: Uint8Array.of(1, 2, 3, 4) };
  for (const fields of unlike) expect(matchAlike(one, { ...one, ...fields })).toBe(false);
  const alike: Partial<Subscription> = { state: "paused", failingSince: NOW, labels: ["x"], version: 2 };
  expect(matchAlike(one, { ...one, ...alike, sealed: one.sealed.slice() })).toBe(true);
});
