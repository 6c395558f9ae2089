import { describe, expect, it } from "vitest";
import { FAILURES_TO_OPEN, FIRST_PAUSE_MS, type Health } from "./breaker.ts";
import { type EndpointPace, paceEndpoint } from "./pace-endpoint.ts";

const URL_OF_OURS = "https://receiver.example/hook";
const LARGEST_WINDOW = 1_024;
const pace = (url = URL_OF_OURS): EndpointPace => paceEndpoint(url, -1_000, () => 0.5);

/** Takes `count` slots one after the other and ends each as told. */
function run(endpoint: EndpointPace, count: number, { now = 0, health = "well" as Health } = {}): void {
  for (let i = 0; i < count; i++) {
    const { isProbe } = endpoint.take(now, 1);
    endpoint.end(now, { health, isProbe, retryAfterMs: null });
  }
}

function failing(): EndpointPace {
  const endpoint = pace();
  run(endpoint, FAILURES_TO_OPEN, { health: "ill" });
  return endpoint;
}

/** Its window is as large as it gets. */
function proven(url?: string): EndpointPace {
  const endpoint = pace(url);
  for (let second = 0; endpoint.room() < LARGEST_WINDOW; second++) run(endpoint, 1, { now: second * 1_000 });
  return endpoint;
}

describe("the window of an endpoint", () => {
  it("lets one request out to one that nothing is known of, and no other until it has ended", () => {
    const endpoint = pace();
    expect(endpoint.take(0, 100)).toEqual({ count: 1, isProbe: false });
    expect([endpoint.take(0, 100).count, endpoint.nextAt(0), endpoint.inFlight()]).toEqual([0, null, 1]);
    endpoint.end(7, { health: "well", isProbe: false, retryAfterMs: null });
    expect([endpoint.nextAt(7), endpoint.inFlight(), endpoint.state(7)]).toEqual([7, 0, "closed"]);
  });

  it("is doubled by each success: four round trips to full speed", () => {
    const endpoint = pace();
    const grants: number[] = [];
    for (let trip = 0; trip < 5; trip++) {
      const { count } = endpoint.take(trip, 1_000);
      grants.push(count);
      for (let i = 0; i < count; i++)
        endpoint.end(trip, { health: "well", isProbe: false, retryAfterMs: null });
    }
    expect(grants).toEqual([1, 2, 8, 1_000, 1_000]);
    expect(endpoint.room()).toBe(LARGEST_WINDOW);
  });

  it("is halved by each failure, to one at least", () => {
    const endpoint = proven();
    const sizes: number[] = [];
    for (let i = 0; i < FAILURES_TO_OPEN - 1; i++) {
      run(endpoint, 1, { health: "ill" });
      sizes.push(endpoint.room());
    }
    expect(sizes).toEqual([512, 256, 128, 64, 32, 16, 8, 4, 2]);
    run(endpoint, 1);
    expect(endpoint.room()).toBe(4);
    run(endpoint, 4, { health: "ill" });
    expect(endpoint.room()).toBe(1);
  });

  it("stays as it is by requests that tell nothing", () => {
    const endpoint = pace();
    run(endpoint, 3);
    endpoint.giveBack(0, endpoint.take(0, 8));
    run(endpoint, 1, { health: "unknown" });
    expect([endpoint.room(), endpoint.inFlight(), endpoint.health()]).toEqual([8, 0, "well"]);
  });

  it("has no room while more are out than it has come down to", () => {
    const endpoint = proven();
    const { count } = endpoint.take(0, 100);
    for (let i = 0; i < 5; i++) endpoint.end(0, { health: "ill", isProbe: false, retryAfterMs: null });
    expect([count, endpoint.inFlight(), endpoint.room(), endpoint.nextAt(0)]).toEqual([100, 95, 0, null]);
  });
});

describe("the pace of an endpoint", () => {
  it("knows what the last request told, and nothing before the first", () => {
    const endpoint = pace();
    const told = [endpoint.health()];
    for (const health of ["well", "ill", "unknown"] as const) {
      run(endpoint, 1, { health });
      told.push(endpoint.health());
    }
    expect(told).toEqual(["unknown", "well", "ill", "ill"]);
  });

  it("stops at a broken one and probes it with one request", () => {
    const endpoint = failing();
    expect(endpoint.take(0, 10)).toEqual({ count: 0, isProbe: false });
    expect(endpoint.nextAt(0)).toBe(FIRST_PAUSE_MS);
    const probe = endpoint.take(FIRST_PAUSE_MS, 10);
    expect(probe).toEqual({ count: 1, isProbe: true });
    expect([endpoint.take(FIRST_PAUSE_MS, 10).count, endpoint.nextAt(FIRST_PAUSE_MS)]).toEqual([0, null]);
    endpoint.end(FIRST_PAUSE_MS, { health: "well", isProbe: probe.isProbe, retryAfterMs: null });
    expect(endpoint.take(FIRST_PAUSE_MS, 10)).toEqual({ count: 2, isProbe: false });
  });

  it("probes again at once when the probe found nothing to send", () => {
    const endpoint = failing();
    endpoint.giveBack(FIRST_PAUSE_MS, endpoint.take(FIRST_PAUSE_MS, 10));
    expect(endpoint.take(FIRST_PAUSE_MS, 10)).toEqual({ count: 1, isProbe: true });
  });

  it("leaves one alone that asks for it, up to a minute", () => {
    const endpoint = proven();
    const ask = (now: number, retryAfterMs: number) => {
      endpoint.take(now, 1);
      endpoint.end(now, { health: "ill", isProbe: false, retryAfterMs });
    };
    endpoint.take(0, 1);
    ask(0, 2_000);
    endpoint.end(0, { health: "ill", isProbe: false, retryAfterMs: 1_000 });
    expect([endpoint.take(1_999, 5).count, endpoint.nextAt(0)]).toEqual([0, 2_000]);
    expect(endpoint.take(2_000, 5).count).toBe(5);
    ask(2_000, 86_400_000);
    expect(endpoint.nextAt(2_000)).toBe(62_000);
  });

  it("leaves none alone because of an answer for one event", () => {
    const endpoint = pace();
    endpoint.take(0, 1);
    endpoint.end(0, { health: "well", isProbe: false, retryAfterMs: 60_000 });
    expect(endpoint.take(0, 1).count).toBe(1);
  });

  it.each(["https://hooks.zapier.com/hooks/standard/1/abc/", "https://HOOKS.zapier.com./x"])(
    "is 25 a second at most for %s",
    (url) => {
      const endpoint = proven(url);
      let starts = 0;
      for (let now = 60_000; now < 61_000; now++) starts += endpoint.take(now, 100).count;
      expect(starts).toBe(25);
      expect(endpoint.nextAt(60_999)).toBeCloseTo(61_000);
      const grant = endpoint.take(61_001, 100);
      endpoint.giveBack(61_001, grant);
      expect([grant.count, endpoint.take(61_001, 100).count]).toEqual([1, 1]);
    },
  );

  it("is not that of Zapier for hosts that only sound like it", () => {
    expect(proven("https://hooks.zapier.com.example/x").take(60_000, 100).count).toBe(100);
  });
});
