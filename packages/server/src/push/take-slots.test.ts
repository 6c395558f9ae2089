import { describe, expect, it } from "vitest";
import { FAILURES_TO_OPEN, FIRST_PAUSE_MS } from "./breaker.ts";
import { makeOpenSlots } from "./open-slots.ts";
import { type EndpointPace, paceEndpoint } from "./pace-endpoint.ts";
import { paceSubscription } from "./pace-subscription.ts";
import { giveSlotsBack, type SlotSources, takeSlots } from "./take-slots.ts";

function endpointWith(health: "well" | "ill", requests: number): EndpointPace {
  const endpoint = paceEndpoint("https://receiver.example/hook", 0, () => 0.5);
  for (let i = 0; i < requests; i++) {
    endpoint.take(0, 1);
    endpoint.end(0, { health, isProbe: false, retryAfterMs: null });
  }
  return endpoint;
}

function sources({ maxInFlight = 10, endpoint = endpointWith("well", 10) } = {}): SlotSources {
  const subscription = paceSubscription(0, { ratePerSecond: null, maxInFlight });
  return { subscription, endpoint, process: makeOpenSlots() };
}

const inUse = ({ subscription, endpoint, process }: SlotSources) => [
  subscription.inFlight(),
  endpoint.inFlight(),
  process.running(),
];

describe("takeSlots", () => {
  it("gives what the subscription has when endpoint and process have more", () => {
    const slots = sources({ maxInFlight: 3 });
    const taker = { projectId: "p", shard: 7, health: "well" };
    expect(takeSlots(slots, { projectId: "p", shard: 7 }, { now: 0, wanted: 5 })).toEqual({
      count: 3,
      isProbe: false,
      taker,
    });
    expect(inUse(slots)).toEqual([3, 3, 3]);
  });

  it("gives what the endpoint has, and returns the rest", () => {
    const slots = sources({ endpoint: endpointWith("well", 2) });
    expect(takeSlots(slots, { projectId: "p", shard: 7 }, { now: 0, wanted: 5 }).count).toBe(4);
    expect(inUse(slots)).toEqual([4, 4, 4]);
  });

  it("gives what the process has, and returns the rest", () => {
    const slots = sources({ maxInFlight: 100 });
    const taken = slots.process.take(
      { projectId: "q", shard: 7, health: "well" },
      { wanted: 1_600, held: 0 },
    );
    const others = slots.process.take(
      { projectId: "r", shard: 7, health: "well" },
      { wanted: 1_000, held: 0 },
    );
    const left = takeSlots(slots, { projectId: "p", shard: 7 }, { now: 0, wanted: 100 }).count;
    expect([taken, others]).toEqual([1_000, 500]);
    expect(inUse(slots)).toEqual([left, left, 1_500 + left]);
    expect(left).toBeGreaterThan(0);
  });

  it("gives a broken endpoint one for its probe, once its pause is over", () => {
    const slots = sources({ endpoint: endpointWith("ill", FAILURES_TO_OPEN) });
    expect(takeSlots(slots, { projectId: "p", shard: 7 }, { now: 0, wanted: 5 }).count).toBe(0);
    expect(inUse(slots)).toEqual([0, 0, 0]);
    const taken = takeSlots(slots, { projectId: "p", shard: 7 }, { now: FIRST_PAUSE_MS, wanted: 5 });
    expect(taken).toEqual({ count: 1, isProbe: true, taker: { projectId: "p", shard: 7, health: "ill" } });
    expect(inUse(slots)).toEqual([1, 1, 1]);
    giveSlotsBack(slots, taken, FIRST_PAUSE_MS);
    expect(inUse(slots)).toEqual([0, 0, 0]);
  });

  it("takes no probe for a subscription without slots", () => {
    const slots = sources({ maxInFlight: 0, endpoint: endpointWith("ill", FAILURES_TO_OPEN) });
    expect(takeSlots(slots, { projectId: "p", shard: 7 }, { now: FIRST_PAUSE_MS, wanted: 5 }).count).toBe(0);
    expect(slots.endpoint.take(FIRST_PAUSE_MS, 1)).toEqual({ count: 1, isProbe: true });
  });
});
