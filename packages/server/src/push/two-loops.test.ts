import { beforeAll, describe, expect, test } from "vitest";
import { newEvent } from "../flow/testing/open-test-flow.ts";
import type { NewWebhook } from "../flow/views.ts";
import { openNodes, type SeenRequest, type TestNode, type TestNodes } from "./testing/open-nodes.ts";

const ENDPOINTS = 8;
const RATE = 5;
const IN_FLIGHT = 3;
const QUICK_MS = 20;
const SLOW_MS = 700;
const TIMEOUT_SECONDS = 5;
/** The timeout, and the time to settle. */
const LEASE_MS = 20_000;
const SECOND = 1_000;
/** More than goes out, so that pace is all that holds it up. */
const EVENTS_PER_SECOND = 6;

const urlOf = (n: number) => `https://receiver.example/${n}`;

/** Every other one answers quickly and is paced by its rate, the others are slow and paced by what may be in flight. */
const hasRate = (n: number) => n % 2 === 0;

function webhookTo(n: number): NewWebhook {
  return {
    ...{ name: null, filter: null, ordered: false, onDead: "park", maxAttempts: 10, labels: [] },
    ...{ expiresAt: null, startFrom: "now", scheduleSeconds: [0, 1], secret: null },
    webhook: {
      ...{ url: urlOf(n), format: "payload", headers: {}, timeoutSeconds: TIMEOUT_SECONDS },
      ...{ ratePerSecond: hasRate(n) ? RATE : null, maxInFlight: hasRate(n) ? 100 : IN_FLIGHT },
    },
  };
}

/** What came of one loop that stood still for two leases, beside one that went on. */
interface Story {
  readonly nodes: TestNodes;
  readonly events: number;
  /** Which node served how many requests in the time before, during and after. */
  readonly before: readonly SeenRequest[];
  readonly during: readonly SeenRequest[];
  readonly after: readonly SeenRequest[];
  readonly states: readonly string[];
}

async function tell(): Promise<Story> {
  let freezeAtLease: TestNode | null = null;
  const nodes = await openNodes({
    answerMs: (url) => (hasRate(Number(url.split("/").at(-1))) ? QUICK_MS : SLOW_MS),
    onLease: (name) => {
      if (name === "a") freezeAtLease?.process.freeze();
    },
  });
  const { time, store } = nodes;
  const a = await nodes.open("a");
  const b = await nodes.open("b");
  const [project] = await store.listProjects({ afterId: null, limit: 1 });
  const projectId = project?.id ?? "";
  for (let n = 0; n < ENDPOINTS; n++) await b.flow.createWebhook(projectId, webhookTo(n));
  let events = 0;
  const post = async (seconds: number) => {
    for (let left = seconds * EVENTS_PER_SECOND; left > 0; left--, events++) {
      const accepted = b.flow.acceptEvents(projectId, [newEvent()]);
      await Promise.all([accepted, time.pass(SECOND / EVENTS_PER_SECOND)]);
    }
  };
  await post(25);
  const frozenAt = nodes.requests.length;
  freezeAtLease = a;
  await post((2 * LEASE_MS) / SECOND);
  freezeAtLease = null;
  const thawedAt = nodes.requests.length;
  a.process.thaw();
  await post(25);
  await time.pass(240 * SECOND);
  const { views } = await store.listDeliveries({
    ...{ projectId, subscriptionId: null, eventId: null, state: null, createdFrom: null, createdTo: null },
    ...{ after: null, limit: 10_000, now: time.now() },
  });
  const stopped = Promise.all([a.loop.stop(), b.loop.stop()]);
  await time.pass(20 * SECOND);
  await stopped;
  const { requests } = nodes;
  return {
    ...{ nodes, events, states: views.map(({ delivery }) => delivery.state) },
    ...{ before: requests.slice(0, frozenAt), during: requests.slice(frozenAt, thawedAt) },
    after: requests.slice(thawedAt),
  };
}

const by = (requests: readonly SeenRequest[], name: string) =>
  requests.filter(({ node }) => node === name).length;

/** Most starts in any second. */
function busiestSecond(requests: readonly SeenRequest[]): number {
  const starts = requests.map(({ from }) => from);
  return Math.max(...starts.map((at) => starts.filter((other) => other >= at && other < at + SECOND).length));
}

/** Most that were out at a time. */
function mostInFlight(requests: readonly SeenRequest[]): number {
  return Math.max(
    ...requests.map(
      ({ from }) => requests.filter((other) => other.from <= from && other.until > from).length,
    ),
  );
}

describe("of two loops on one store, one stands still for two leases and goes on", () => {
  let story: Story;
  beforeAll(async () => {
    story = await tell();
  }, 120_000);

  test("both serve endpoints before and after; the one that goes on serves all of them meanwhile", () => {
    const { before, during, after } = story;
    expect(by(before, "a")).toBeGreaterThan(50);
    expect(by(before, "b")).toBeGreaterThan(50);
    expect(new Set(during.filter(({ node }) => node === "b").map(({ url }) => url)).size).toBe(ENDPOINTS);
    expect(by(after, "a")).toBeGreaterThan(50);
    expect(by(after, "b")).toBeGreaterThan(50);
    expect(story.nodes.errors).toEqual([]);
  });

  test("no delivery is lost: each of them is acknowledged", () => {
    const { states, events, nodes } = story;
    expect(states).toHaveLength(events * ENDPOINTS);
    expect(new Set(states)).toEqual(new Set(["acknowledged"]));
    expect(new Set(nodes.requests.map(({ deliveryId }) => deliveryId)).size).toBe(events * ENDPOINTS);
  });

  test("no delivery is settled by a stale token, though the one that stood still tries", () => {
    const { settles } = story.nodes;
    const settled = settles.filter(({ outcome }) => outcome === "settled");
    expect(settled.filter(({ request, newestToken }) => request.token !== newestToken)).toEqual([]);
    const lost = settles.filter(({ node, outcome }) => node === "a" && outcome === "lease_lost");
    expect(lost.length).toBeGreaterThan(0);
  });

  test("what the one had leased before it stood still is not sent when it goes on", () => {
    const { during, after } = story;
    const sentByOther = new Set(
      during.filter(({ node }) => node === "b").map(({ deliveryId }) => deliveryId),
    );
    const again = after.filter(({ node, deliveryId }) => node === "a" && sentByOther.has(deliveryId));
    expect(again).toEqual([]);
  });

  test.each(Array.from({ length: ENDPOINTS }, (_, n) => n))(
    "the pace of endpoint %d holds over both",
    (n) => {
      const requests = story.nodes.requests.filter(({ url }) => url === urlOf(n));
      if (hasRate(n)) expect(busiestSecond(requests)).toBeLessThanOrEqual(RATE);
      else expect(mostInFlight(requests)).toBe(IN_FLIGHT);
    },
  );
});
