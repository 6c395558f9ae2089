import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, postEvent, readFeed } from "./harness/calls.ts";
import { type Client, connect, type EventView, type Page } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { type AwsNodes, openAws } from "./harness/open-aws.ts";
import { openStream } from "./harness/open-stream.ts";
import { runCli } from "./harness/run-cli.ts";
import type { Program } from "./harness/start-program.ts";
import { type DeliveryView, readDeliveries, type SubscriptionView } from "./harness/webhooks.ts";

/** What docs/deploy-aws.md says under "What differs from the other stores". */
const FEED_DELAY_MS = 15_000;
const CATCH_UP_MS = 21_000;
const MOST_MS = 90_000;

describe.concurrent("On AWS", { timeout: MOST_MS }, () => {
  let nodes: AwsNodes;
  let program: Program;
  let client: Client;
  /** Accepted long before anything else. */
  let oldId = "";

  beforeAll(async () => {
    nodes = await openAws();
    program = await nodes.add();
    await runCli(program, "store", "migrate");
    await program.start();
    client = connect(program, program.key);
    oldId = (await postEvent(client, { type: "old", payload: {} })).event_id;
    await delay(FEED_DELAY_MS);
  }, MOST_MS);
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await nodes?.[Symbol.asyncDispose]();
  });

  it("the feed shows an event 15 s after its acceptance; list and stream show it at once", async () => {
    const streamed = Promise.withResolvers<void>();
    const wanted = new Set<string>();
    const onEvent = ({ event }: { event: EventView }) => wanted.has(event.type ?? "") && streamed.resolve();
    const stream = await openStream({ url: program.url, key: program.key, lastEventId: null, onEvent });
    wanted.add("seen");
    const posted = performance.now();
    const { event_id } = await postEvent(client, { type: "seen", payload: {} });
    const page = await client.send<Page<EventView>>("GET", "/v1/events?limit=100");
    expect(expectStatus(page, 200).data.map(({ id }) => id)).toContain(event_id);
    await streamed.promise;
    expect(performance.now() - posted).toBeLessThan(FEED_DELAY_MS);
    stream.close();
    await eventually(
      async () => (await readFeed(client)).map(({ id }) => id),
      (ids) => ids.includes(event_id),
      MOST_MS,
    );
    expect(performance.now() - posted).toBeGreaterThanOrEqual(FEED_DELAY_MS - 1_000);
  });

  it("a new subscription gets what comes at once, and has caught up 21 s after it was made", async () => {
    const { event_id: before } = await postEvent(client, { type: "joined", payload: {} });
    const made = performance.now();
    const earliest = await subscribe(client, { start_from: "earliest", filter: { type: ["old", "joined"] } });
    const now = await subscribe(client, { start_from: "now", filter: { type: ["old", "joined"] } });
    expect(earliest.catching_up).toBe(true);
    const { event_id: after } = await postEvent(client, { type: "joined", payload: {} });
    await eventually(
      async () => (await readDeliveries(client, now)).map(({ event_id }) => event_id),
      (ids) => ids.includes(after),
    );
    expect(performance.now() - made).toBeLessThan(CATCH_UP_MS);
    await whenCaughtUp(client, earliest);
    expect(performance.now() - made).toBeGreaterThanOrEqual(CATCH_UP_MS - 1_000);
    await whenCaughtUp(client, now);
    expect(idsOf(await readDeliveries(client, earliest))).toEqual([oldId, before, after].sort());
    // It begins up to 10 s before it was made.
    expect(idsOf(await readDeliveries(client, now))).toEqual([before, after].sort());
  });

  it("a replay takes what was accepted just before it, and is done when the feed has shown that", async () => {
    const inbox = await subscribe(client, { filter: { type: ["again"] } });
    const { event_id } = await postEvent(client, { type: "again", payload: {} });
    const asked = performance.now();
    const body = { subscription_id: inbox.id, filter: { type: ["again"] } };
    const { id } = expectStatus(await client.send<{ id: string }>("POST", "/v1/replays", { body }), 202);
    await eventually(
      async () => expectStatus(await client.send<{ state: string }>("GET", `/v1/jobs/${id}`), 200).state,
      (state) => state === "done",
      MOST_MS,
    );
    expect(performance.now() - asked).toBeGreaterThanOrEqual(FEED_DELAY_MS - 1_000);
    const deliveries = await readDeliveries(client, inbox);
    expect(deliveries.map((delivery) => delivery.event_id)).toEqual([event_id, event_id]);
  });
});

type Inbox = SubscriptionView & { readonly catching_up: boolean };

let made = 0;

async function subscribe(client: Client, wish: object): Promise<Inbox> {
  const body = { channel: "inbox", name: `inbox-${++made}`, ...wish };
  return expectStatus(await client.send<Inbox>("POST", "/v1/subscriptions", { body }), 201);
}

async function whenCaughtUp(client: Client, { id }: Inbox): Promise<void> {
  await eventually(
    async () => expectStatus(await client.send<Inbox>("GET", `/v1/subscriptions/${id}`), 200).catching_up,
    (isBehind) => !isBehind,
    MOST_MS,
  );
}

function idsOf(deliveries: readonly DeliveryView[]): string[] {
  return deliveries.map(({ event_id }) => event_id).sort();
}
