import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { freePort } from "../../packages/server/src/store/testing/free-port.ts";
import { type CliRun, runCli, startCli } from "../cli/start-cli.ts";
import { type KillableReceiver, openKillableReceiver } from "../cli-listen/open-killable-receiver.ts";
import type { Accepted } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { chooseSeed, makeRandom, type Random } from "../harness/random.ts";
import { countStates, readAll, readDeliveries, type SubscriptionView } from "../harness/webhooks.ts";
import { openPlant, type Plant } from "./plant.ts";

const EVENTS = Number(process.env.CHAOS_LISTEN_EVENTS ?? 2_000);
const SERVER_KILLS = 4;
const RECEIVER_KILLS = 5;
const SENDERS = 4;
/** Requests that `listen` has under way at once. */
const IN_FLIGHT = 10;
/** A lease whose answer was cut off ends after 30 s. */
const CALM_MS = 120_000;

it("`listen` brings every event through restarts of the server and the receiver, twice only what was cut off", async () => {
  const random = makeRandom(chooseSeed("listen restart"));
  const [serverPort, receiverPort] = [await freePort(), await freePort()];
  await using plant = await openPlant({ env: { TRIGGERS_PORT: String(serverPort) } });
  const env = { TRIGGERS_URL: plant.program.url, TRIGGERS_API_KEY: plant.program.key };
  const { stdout: secret } = await runCli({ env }, "listen", "--print-secret");
  await using receiver = openKillableReceiver(receiverPort, secret.trim());
  await receiver.start();
  const listener = startCli({ env }, "listen", "--forward", `http://127.0.0.1:${receiverPort}/hook`);
  try {
    await eventually(listener.stderr, (text) => text.includes("Ctrl-C stops."));
    const sent = new Set<string>();
    await Promise.all([
      ...Array.from({ length: SENDERS }, (_, sender) => send(plant, sender, sent)),
      killServer(plant, random, sent),
      killReceiver(receiver, random, sent),
    ]);
    expect(sent.size).toBe(EVENTS);
    await eventually(
      () => sent.difference(receiver.ids()).size,
      (missing) => missing === 0,
      CALM_MS,
    );
    await expectSettled(plant, sent);
    expect([...receiver.ids()].filter((id) => !sent.has(id))).toEqual([]);
    expect(findUnexplained(receiver)).toEqual([]);
    await stop(listener);
    tell(receiver, sent);
  } finally {
    listener.kill("SIGKILL");
    await listener.exited;
  }
});

/** Posts its share of the events, each until it is answered; the idempotency key makes one event of it. */
async function send(plant: Plant, sender: number, sent: Set<string>): Promise<void> {
  for (let n = sender; n < EVENTS; n += SENDERS) {
    const body = { type: "order.created", payload: { n } };
    const headers = { "idempotency-key": `event-${n}` };
    const answer = await plant.insist<Accepted>("POST", "/v1/events", { body, headers });
    if (answer === null) throw new Error("The load ended too early.");
    sent.add(answer.json.event_id);
    // Spread over the restarts.
    await delay(8);
  }
}

/** At random places of the load, so that whatever is under way is hit. */
async function killServer(plant: Plant, random: Random, sent: ReadonlySet<string>): Promise<void> {
  for (let kill = 1; kill <= SERVER_KILLS; kill += 1) {
    await whenSent(sent, (EVENTS * kill) / (SERVER_KILLS + 1));
    await delay(random.whole(0, 100));
    await plant.goDown(async () => {
      await plant.program.kill();
      await delay(random.whole(0, 1_500));
      await plant.program.start();
    });
  }
}

async function killReceiver(
  receiver: KillableReceiver,
  random: Random,
  sent: ReadonlySet<string>,
): Promise<void> {
  for (let kill = 1; kill <= RECEIVER_KILLS; kill += 1) {
    await whenSent(sent, (EVENTS * kill) / (RECEIVER_KILLS + 1));
    await delay(random.whole(0, 100));
    await receiver.kill();
    await delay(random.whole(0, 1_500));
    await receiver.start();
  }
}

async function whenSent(sent: ReadonlySet<string>, count: number): Promise<void> {
  await eventually(
    () => sent.size,
    (size) => size >= count,
    CALM_MS,
  );
}

async function expectSettled({ client }: Plant, sent: ReadonlySet<string>): Promise<void> {
  const [inbox] = (await readAll<SubscriptionView>(client, "/v1/subscriptions")).filter(({ name }) =>
    name?.startsWith("listen-"),
  );
  const states = await eventually(
    async () => countStates(await readDeliveries(client, { id: inbox?.id ?? "" })),
    ({ acknowledged }) => acknowledged === sent.size,
    CALM_MS,
  );
  expect(states).toEqual({ acknowledged: sent.size });
}

/**
 * Events that came again though their answer before was not cut off by a kill of the receiver: of a killed run that may be those without an answer, and the last
 * answers, which may have been lost on the way.
 */
function findUnexplained({ runs }: KillableReceiver): readonly string[] {
  const answeredSafely = new Set<string>();
  const unexplained: string[] = [];
  for (const [index, run] of runs.entries()) {
    const got = run.filter((line) => line.startsWith("got ")).map((line) => line.slice(4));
    const answered = run.filter((line) => line.startsWith("answered ")).map((line) => line.slice(9));
    const seen = new Set<string>();
    for (const id of got) {
      if (answeredSafely.has(id) || seen.has(id)) unexplained.push(id);
      seen.add(id);
    }
    const isKilled = index < runs.length - 1;
    for (const id of isKilled ? answered.slice(0, -IN_FLIGHT) : answered) answeredSafely.add(id);
  }
  return unexplained;
}

async function stop(listener: CliRun): Promise<void> {
  listener.kill("SIGINT");
  expect(await listener.exited).toEqual({ code: 0, signal: null });
  expect(listener.stderr()).toContain("Stopped: ");
}

function tell({ runs }: KillableReceiver, sent: ReadonlySet<string>): void {
  const arrivals = runs.flat().filter((line) => line.startsWith("got ")).length;
  console.log({ events: sent.size, arrivals, twice: arrivals - sent.size, runsOfReceiver: runs.length });
}
