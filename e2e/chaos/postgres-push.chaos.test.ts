import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openClient } from "../../packages/server/src/store/postgres/testing/open-client.ts";
import { expectStatus, lease, postEvent } from "../harness/calls.ts";
import { type Client, connect, type Page } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { findCaller } from "../harness/find-caller.ts";
import { makeNodeGroup, type NodeGroup } from "../harness/make-node-group.ts";
import { openHooks } from "../harness/open-hooks.ts";
import { chooseSeed, makeRandom, type Random } from "../harness/random.ts";
import type { Program } from "../harness/start-program.ts";
import { type DeliveryView, postEvents, type SubscriptionView, subscribe } from "../harness/webhooks.ts";
import { type DurablePostgres, openDurablePostgres } from "./postgres/open-durable-postgres.ts";

const NODES = 4;
const ENV = {
  // No node sweeps: what crashes leave is found by whoever leases next.
  TRIGGERS_ROLES: "api,push",
  TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8",
  TRIGGERS_RATE_LIMIT: "0",
};
/** From the answer to a new subscription until every node matches by it: 5 s, and a busy machine's way there. */
const EFFECTIVE_MS = 5_500;

const FIRST_EVENTS = 500;
const MORE_EVENTS = 100;
const IN_FLIGHT = 4;
const RATE_PER_SECOND = 40;
/** The rate holds where requests begin; on the way to a receiver that shares two cores with all nodes some of them draw together. */
const RATE_TOLERANCE = 0.25;
/** With all slots in use some more requests a second than the rate: both limits bind. */
const ANSWER_MS = [10, 150] as const;
/** An endpoint is held so long by the node that serves it; after a crash another one takes it within 12 s. */
const HOLD_MS = 10_000;
const TAKE_OVER_MS = 20_000;
/** What was in flight at a kill comes again when its lease has ended: 15 s after the end of its time. */
const TIMEOUT_SECONDS = 1;
const CALM_MS = 90_000;

let postgres: DurablePostgres;
let group: NodeGroup;
const programs: Program[] = [];
const clients: Client[] = [];

beforeAll(async () => {
  postgres = await openDurablePostgres();
  group = makeNodeGroup({ ...ENV, TRIGGERS_STORE: postgres.url });
  for (let node = 0; node < NODES; node += 1) {
    const program = await group.add();
    programs.push(program);
    await program.start();
    clients.push(connect(program, program.key));
  }
});
afterAll(async () => {
  for (const client of clients) client[Symbol.dispose]();
  await group?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

function clientOf(node: number): Client {
  const client = clients[node % NODES];
  if (client === undefined) throw new Error("There is no node.");
  return client;
}

/** One event at each node, at once; gives their ids. */
async function postEverywhere(type: string): Promise<string[]> {
  const posted = await Promise.all(clients.map((client) => postEvent(client, { type, payload: {} })));
  return posted.map(({ event_id }) => event_id);
}

describe("A subscription that one of four nodes makes", () => {
  it("is matched at all of them from its effective_at on, gets everything since its answer, and nothing from before", async () => {
    const name = "everywhere";
    const before = await postEverywhere(name);
    // While somebody's transaction is open the feed shows nothing new: what is given now was matched as it came in.
    const foreign = await openClient(postgres.url);
    await foreign.query("BEGIN; SELECT pg_current_xact_id()");
    const body = { channel: "inbox", name, filter: { type: [name] } };
    const answer = await clientOf(0).send<SubscriptionView>("POST", "/v1/subscriptions", { body });
    const { id, effective_at } = expectStatus(answer, 201);
    const effectiveAt = Date.parse(effective_at);
    expect(effectiveAt - Date.now()).toBeLessThanOrEqual(EFFECTIVE_MS);
    const since: string[] = [];
    while (Date.now() <= effectiveAt) since.push(...(await postEverywhere(name)));
    const after = await postEverywhere(name);
    for (const [index, eventId] of after.entries())
      expect(await subscriptionsOf(clientOf(index), eventId)).toEqual([id]);
    await foreign.query("COMMIT");
    await foreign.end();

    await eventually(
      async () =>
        expectStatus(await clientOf(1).send<{ catching_up: boolean }>("GET", `/v1/subscriptions/${id}`), 200),
      ({ catching_up }) => !catching_up,
      CALM_MS,
    );
    const given: string[] = [];
    for (let node = 0; ; node += 1) {
      const leased = await lease(clientOf(node), { limit: 1_000 }, name);
      if (leased.length === 0) break;
      given.push(...leased.map(({ event }) => event.id));
    }
    expect(given.toSorted()).toEqual([...since, ...after].toSorted());
    expect(given.filter((one) => before.includes(one))).toEqual([]);
    expect(since.length).toBeGreaterThan(NODES);
  });
});

async function subscriptionsOf(client: Client, eventId: string): Promise<string[]> {
  const answer = await client.send<Page<DeliveryView>>("GET", `/v1/events/${eventId}/deliveries`);
  return expectStatus(answer, 200).data.map(({ subscription_id }) => subscription_id);
}

describe("One endpoint with a rate and a window, to which four nodes push", () => {
  it("never sees more than both allow, also when its node is killed and the next one stands still for twice its hold, and gets everything", async () => {
    await using endpoint = await openEndpoint(makeRandom(chooseSeed("one endpoint")));
    const type = "paced";
    const webhook = {
      ...{ max_in_flight: IN_FLIGHT, rate_per_second: RATE_PER_SECOND },
      timeout_seconds: TIMEOUT_SECONDS,
    };
    const { effective_at } = await subscribe(clientOf(0), endpoint.url, {
      webhook,
      filter: { type: [type] },
    });
    await delay(Date.parse(effective_at) - Date.now() + 500);
    const ids = (
      await Promise.all(clients.map((client) => postSome(client, type, FIRST_EVENTS / NODES)))
    ).flat();
    await endpoint.whenMore(2 * RATE_PER_SECOND);

    const killed = await findServing(endpoint);
    await killed.kill();
    const other = alive([killed]);
    ids.push(...(await postSome(clientOf(programs.indexOf(other)), type, MORE_EVENTS)));
    await endpoint.whenMore(2 * RATE_PER_SECOND);

    const stopped = await findServing(endpoint);
    stopped.freeze();
    const stoppedAt = performance.now();
    const third = alive([killed, stopped]);
    ids.push(...(await postSome(clientOf(programs.indexOf(third)), type, MORE_EVENTS)));
    await endpoint.whenMore(RATE_PER_SECOND);
    await delay(Math.max(0, stoppedAt + 2 * HOLD_MS - performance.now()));
    const came = new Set(endpoint.eventIds);
    const left = ids.filter((id) => !came.has(id)).length;
    process.kill(stopped.pid, "SIGCONT");

    await eventually(
      () => ids.filter((id) => !endpoint.eventIds.includes(id)).length,
      (missing) => missing === 0,
      CALM_MS,
    );
    const twice = endpoint.eventIds.length - new Set(endpoint.eventIds).size;
    const mostInOneSecond = mostWithin(endpoint.times, 1_000);
    console.log({ events: ids.length, left, twice, mostAtOnce: endpoint.mostAtOnce(), mostInOneSecond });
    expect(endpoint.mostAtOnce()).toBe(IN_FLIGHT);
    expect(mostInOneSecond).toBeLessThanOrEqual(RATE_PER_SECOND * (1 + RATE_TOLERANCE));
    expect(new Set(endpoint.eventIds)).toEqual(new Set(ids));
    expect(twice).toBeLessThanOrEqual(2 * IN_FLIGHT);
    // There was work for whoever came back.
    expect(left).toBeGreaterThan(RATE_PER_SECOND);
  });
});

interface Endpoint extends AsyncDisposable {
  readonly url: string;
  /** As they came, repetitions too. */
  readonly eventIds: readonly string[];
  /** When they came, in monotonic ms. */
  readonly times: readonly number[];
  /** The most requests that were under way together. */
  mostAtOnce(): number;
  /** Resolves when so many more have come. */
  whenMore(count: number): Promise<unknown>;
}

async function openEndpoint(random: Random): Promise<Endpoint> {
  const eventIds: string[] = [];
  const times: number[] = [];
  let open = 0;
  let most = 0;
  const hooks = await openHooks(async ({ body, at }) => {
    open += 1;
    most = Math.max(most, open);
    times.push(at);
    eventIds.push((JSON.parse(body.toString()) as { readonly id: string }).id);
    await delay(random.whole(...ANSWER_MS));
    open -= 1;
    return 204;
  });
  return {
    ...{ url: `${hooks.url}/paced`, eventIds, times },
    mostAtOnce: () => most,
    whenMore(count) {
      const wanted = eventIds.length + count;
      return eventually(
        () => eventIds.length,
        (seen) => seen >= wanted,
        CALM_MS,
      );
    },
    [Symbol.asyncDispose]: () => hooks[Symbol.asyncDispose](),
  };
}

function postSome(client: Client, type: string, count: number): Promise<string[]> {
  return postEvents(
    client,
    Array.from({ length: count }, (_, n) => ({ type, payload: { n } })),
  );
}

function alive(gone: readonly Program[]): Program {
  const [first] = programs.filter((program) => !gone.includes(program));
  if (first === undefined) throw new Error("No node is left.");
  return first;
}

/** The node that pushes to an endpoint. */
async function findServing({ url }: Endpoint): Promise<Program> {
  const port = Number(new URL(url).port);
  const pids = programs.map(({ pid }) => pid);
  const pid = await eventually(
    () => findCaller(port, pids),
    (found) => found !== null,
    TAKE_OVER_MS,
  );
  const serving = programs.find((program) => program.pid === pid);
  if (serving === undefined) throw new Error("No node pushes.");
  return serving;
}

function mostWithin(times: readonly number[], ms: number): number {
  const inOrder = times.toSorted((a, b) => a - b);
  return Math.max(...inOrder.map((from) => inOrder.filter((at) => at >= from && at < from + ms).length));
}
