import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { expectStatus } from "./harness/calls.ts";
import { type Client, connect, type Problem } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { type Hook, openHooks } from "./harness/open-hooks.ts";
import { runCli } from "./harness/run-cli.ts";
import { prepareProgram } from "./harness/start-program.ts";
import { openTempFolder } from "./harness/temp-folder.ts";
import {
  type AttemptView,
  countStates,
  type DeliveryView,
  postEvents,
  readDeliveries,
  type SubscriptionView,
  subscribe,
  turn,
} from "./harness/webhooks.ts";
import {
  openScene,
  orders,
  readSettled,
  readTold,
  type Scene,
  seeLoopGoRound,
  TYPE,
} from "./push-effects/open-scene.ts";

const ALL = 300;
const CANCELLED = 50;
const DAY_MS = 86_400_000;

interface JobView {
  readonly id: string;
  readonly state: string;
  readonly done: number;
}

interface Stats {
  readonly leased: { readonly count: number };
  readonly failing_since: string | null;
}

describe("Dead letters", () => {
  it("are told of one by one, counted, redriven alone and together, or cancelled", async () => {
    await using scene = await openScene({ taken: 0 });
    const { client, gate } = scene;
    // The endpoint works and refuses these events, so that nobody stops sending to it.
    gate.open(404);
    const webhook = await makeShortLived(scene);
    await postEvents(client, orders(ALL));
    const dead = await readSettled(client, webhook);
    expect(countStates(dead)).toEqual({ dead: ALL });
    expect(new Set(dead.map(({ attempt, state_reason }) => `${attempt} ${state_reason}`))).toEqual(
      new Set(["2 http_404"]),
    );
    const told = await eventually(
      () => readTold(client),
      (events) => events.length >= ALL,
    );
    expect(told.map(({ type, payload }) => [type, payload.delivery_id]).toSorted()).toEqual(
      dead.map(({ id }) => ["delivery.dead", id]).toSorted(),
    );

    const [first, ...others] = dead;
    expect(await countRedrive(client, { subscription_id: webhook.id })).toBe(ALL);
    expect(await countRedrive(client, { reason: "http_404" })).toBe(ALL);
    expect(await countRedrive(client, { reason: "http_500" })).toBe(0);
    expect(gate.arrived).toHaveLength(2 * ALL);

    // Those that die again are left alone: it comes to an end.
    expect(await redrive(client, { subscription_id: webhook.id })).toMatchObject({
      state: "done",
      done: ALL,
    });
    expect(countStates(await readSettled(client, webhook))).toEqual({ dead: ALL });
    await eventually(
      () => gate.arrived.length,
      (arrived) => arrived === 4 * ALL,
    );

    gate.open(200);
    await redriveOne(client, first);
    for (const one of others.slice(0, CANCELLED)) {
      const cancelled = expectStatus(await change(client, one, "cancel"), 200);
      expect(cancelled).toMatchObject({ state: "cancelled", state_reason: "withdrawn" });
    }
    const left = ALL - 1 - CANCELLED;
    expect(await redrive(client, { subscription_id: webhook.id })).toMatchObject({
      state: "done",
      done: left,
    });
    const settled = await readSettled(client, webhook);
    expect(countStates(settled)).toEqual({ acknowledged: ALL - CANCELLED, cancelled: CANCELLED });
    expect(gate.arrived).toHaveLength(5 * ALL - CANCELLED);
    await refusesSettled(client, settled);
  });

  it("hold their lane until they are redriven or cancelled, and then the rest comes in order", async () => {
    await using scene = await openScene({ taken: 0 });
    const { client, gate } = scene;
    gate.open(404);
    const webhook = await makeShortLived(scene, { ordered: true });
    const keys = ["redriven", "cancelled"];
    const ofKey = (key: string) =>
      Array.from({ length: 100 }, (_, number) => ({
        type: TYPE,
        ordering_key: key,
        payload: { key, number },
      }));
    await postEvents(client, keys.flatMap(ofKey));
    const heads = await eventually(
      () => readDeliveries(client, webhook, "&state=dead"),
      (dead) => dead.length === keys.length,
    );
    await seeLoopGoRound(scene);
    expect(countStates(await readDeliveries(client, webhook))).toEqual({ dead: 2, blocked: 198 });
    expect(gate.arrived).toHaveLength(2 * keys.length);

    gate.open(200);
    const [first, second] = heads;
    expectStatus(await change(client, first, "redrive"), 200);
    expectStatus(await change(client, second, "cancel"), 200);
    expect(countStates(await readSettled(client, webhook))).toEqual({ acknowledged: 199, cancelled: 1 });
    const numbers = Array.from({ length: 100 }, (_, number) => number);
    expect(numbersOf(gate.arrived.slice(4), "redriven")).toEqual(numbers);
    expect(numbersOf(gate.arrived.slice(4), "cancelled")).toEqual(numbers.slice(1));
  });
});

describe("A cancel", () => {
  it("of what waits keeps it from being sent", async () => {
    await using scene = await openScene({ taken: ALL });
    const { client, gate } = scene;
    const webhook = await turn(client, await makeShortLived(scene), "pause");
    await postEvents(client, orders(ALL));
    const waiting = (await readDeliveries(client, webhook)).slice(0, CANCELLED);
    for (const one of waiting) expectStatus(await change(client, one, "cancel"), 200);
    await turn(client, webhook, "resume");
    const settled = await readSettled(client, webhook);
    expect(countStates(settled)).toEqual({ acknowledged: ALL - CANCELLED, cancelled: CANCELLED });
    const sent = gate.arrived.map(({ headers }) => headers["webhook-id"]);
    expect(sent).toHaveLength(ALL - CANCELLED);
    for (const { id } of waiting) expect(sent).not.toContain(id);
  });
});

describe("A webhook that has had no success for five days", () => {
  it("is disabled with its backlog kept, the owner and the operator told; a resume sends all of it", async () => {
    const alerts: Hook[] = [];
    await using hooks = await openHooks((hook) => {
      alerts.push(hook);
      return 204;
    });
    await using folder = await openTempFolder();
    await using scene = await openScene({ taken: 0, dataDir: `${folder.path}/data` });
    scene.gate.open(500);
    const retry = { schedule_seconds: [0, 1], max_attempts: 100 };
    const webhook = await subscribe(scene.client, scene.url, { filter: { type: [TYPE] }, retry });
    await postEvents(scene.client, orders(ALL));
    await eventually(
      () => readStats(scene.client, webhook),
      ({ failing_since }) => failing_since !== null,
    );
    await scene.program.stop();

    await using later = await prepareProgram({
      dataDir: scene.program.dataDir,
      env: {
        TRIGGERS_BOOTSTRAP_API_KEY: scene.program.key,
        TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8",
        TRIGGERS_ALERT_URL: `${hooks.url}/alert`,
      },
      nodeArgs: ["--import", clockAhead(5 * DAY_MS + 60_000)],
    });
    const secret = (await runCli(later, "alert-secret")).trim();
    await later.start();
    using client = connect(later, scene.program.key);
    const read = async () =>
      expectStatus(await client.send<SubscriptionView>("GET", `/v1/subscriptions/${webhook.id}`), 200);
    expect(await eventually(read, ({ state }) => state !== "active")).toMatchObject({
      state: "disabled",
      state_reason: "no_success",
    });
    await eventually(
      () => readStats(client, webhook),
      ({ leased }) => leased.count === 0,
    );

    scene.gate.open(200);
    await postEvents(client, orders(10));
    await seeLoopGoRound({ client });
    const arrived = scene.gate.arrived.length;
    expect(countStates(await readDeliveries(client, webhook))).toEqual({ pending: ALL + 10 });
    await seeLoopGoRound({ client });
    expect(scene.gate.arrived).toHaveLength(arrived);
    const told = await expectDisabledTold(client, webhook);
    await eventually(
      () => alerts,
      ({ length }) => length > 0,
    );
    const notices = alerts.map((notice) => verify(secret, notice));
    expect(notices).toMatchObject([{ type: "subscription.disabled", data: told }]);

    expect((await turn(client, webhook, "resume")).state).toBe("active");
    expect(countStates(await readSettled(client, webhook))).toEqual({ acknowledged: ALL + 10 });
    expect((await readStats(client, webhook)).failing_since).toBeNull();
  });
});

/** Gives what was told. */
async function expectDisabledTold(client: Client, { id }: SubscriptionView): Promise<object> {
  const told = { subscription_id: id, reason: "no_success" };
  const owner = (await readTold(client)).map(({ type, payload }) => [type, payload]);
  expect(owner).toEqual([["subscription.disabled", told]]);
  return told;
}

/** Two attempts, one right after the other. */
function makeShortLived({ client, url }: Scene, more: object = {}): Promise<SubscriptionView> {
  const retry = { schedule_seconds: [0], max_attempts: 2 };
  return subscribe(client, url, { webhook: { format: "payload" }, filter: { type: [TYPE] }, retry, ...more });
}

async function countRedrive(client: Client, wish: object): Promise<number> {
  const body = { ...wish, dry_run: true };
  const answer = await client.send<{ count: number }>("POST", "/v1/deliveries/redrive", { body });
  return expectStatus(answer, 200).count;
}

/** The job once it has ended. */
async function redrive(client: Client, body: object): Promise<JobView> {
  const job = expectStatus(await client.send<JobView>("POST", "/v1/deliveries/redrive", { body }), 202);
  return eventually(
    async () => expectStatus(await client.send<JobView>("GET", `/v1/jobs/${job.id}`), 200),
    ({ state }) => state !== "running",
  );
}

function change(client: Client, delivery: DeliveryView | undefined, verb: "redrive" | "cancel") {
  const sent = verb === "cancel" ? { body: { reason: "withdrawn" } } : {};
  return client.send<DeliveryView & Problem>("POST", `/v1/deliveries/${delivery?.id}/${verb}`, sent);
}

/** It goes out with all its attempts anew; those before stay on record. */
async function redriveOne(client: Client, delivery: DeliveryView | undefined): Promise<void> {
  const redriven = expectStatus(await change(client, delivery, "redrive"), 200);
  expect(["pending", "leased", "acknowledged"]).toContain(redriven.state);
  const read = async () => {
    const answer = await client.send<DeliveryView & { attempts: AttemptView[] }>(
      "GET",
      `/v1/deliveries/${delivery?.id}`,
    );
    return expectStatus(answer, 200);
  };
  const { attempts } = await eventually(read, ({ state }) => state === "acknowledged");
  expect(attempts.map(({ number, status_code }) => [number, status_code])).toEqual([
    ...[1, 2, 3, 4].map((number) => [number, 404]),
    [5, 200],
  ]);
}

/** What was acknowledged or cancelled stays so. */
async function refusesSettled(client: Client, settled: readonly DeliveryView[]): Promise<void> {
  const acknowledged = settled.find(({ state }) => state === "acknowledged");
  const cancelled = settled.find(({ state }) => state === "cancelled");
  for (const [one, verb, code] of [
    [acknowledged, "redrive", "delivery_not_dead"],
    [acknowledged, "cancel", "delivery_settled"],
    [cancelled, "redrive", "delivery_not_dead"],
    [cancelled, "cancel", "delivery_settled"],
  ] as const) {
    const { status, json } = await change(client, one, verb);
    expect([verb, status, json.code]).toEqual([verb, 409, code]);
  }
}

function numbersOf(arrived: readonly Hook[], key: string): readonly number[] {
  const payloads = arrived.map(({ body }) => JSON.parse(body.toString()) as { key: string; number: number });
  return payloads.filter((payload) => payload.key === key).map(({ number }) => number);
}

async function readStats(client: Client, { id }: SubscriptionView) {
  const answer = await client.send<Stats>("GET", `/v1/subscriptions/${id}/stats`);
  return expectStatus(answer, 200);
}

/** A module that sets the wall clock of a process ahead. */
function clockAhead(ms: number): string {
  return `data:text/javascript,${encodeURIComponent(`const { now } = Date; Date.now = () => now() + ${ms};`)}`;
}

/** Signed by a clock that is days ahead, which the library would not take; the signature is the same. */
function verify(secret: string, { headers, body }: Hook): unknown {
  const signedAt = new Date(Number(headers["webhook-timestamp"]) * 1_000);
  const expected = new Webhook(secret).sign(String(headers["webhook-id"]), signedAt, body.toString());
  expect(headers["webhook-signature"]).toBe(expected);
  return JSON.parse(body.toString());
}
