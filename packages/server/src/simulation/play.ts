import { administer, redrive, resumeAll } from "./actors/administer.ts";
import { causeFaults } from "./actors/cause-faults.ts";
import { consumeInboxes } from "./actors/consume-inboxes.ts";
import { postEvents } from "./actors/post-events.ts";
import { probeQuiet } from "./actors/probe-quiet.ts";
import { readFeed } from "./actors/read-feed.ts";
import { findUnended } from "./judge/check-end.ts";
import type { Facts } from "./judge/facts.ts";
import type { Post } from "./judge/ledger.ts";
import type { Stage } from "./stage.ts";
import { CALM } from "./world/weather.ts";

const CONSUMERS = 2;
const PRODUCERS = 2;
const KEYS_EACH = 2;
/** After the last fault, so long until everything has to be settled or dead. Leases, holds of jobs and shards, breakers and the wait for a subscription that never came are over by then. */
const HEAL_MS = 180_000;
/** On every node a round of retention is over. */
const FORGOTTEN_MS = 62_000;
const LOOK_MS = 1_000;
/** The owner clears up so often: resumes what is paused, tries dead letters again, which may hold a lane. */
const CLEAR_UP_MS = 10_000;

/** First everything goes wrong; then nothing does any more, and everything must come to an end. */
export async function play(stage: Stage): Promise<void> {
  const { world, scenario, cluster } = stage;
  let phase: "faults" | "healed" | "over" = "faults";
  for (const node of cluster.nodes) node.boot();
  stage.link.setWeather(scenario.weather);
  const areFaultsOver = () => phase !== "faults";
  startActors(stage, { areFaultsOver, isOver: () => phase === "over" });
  await world.sleep(scenario.faultsMs);
  phase = "healed";
  heal(stage);
  await probeQuiet(stage);
  await untilEnded(stage);
  phase = "over";
}

interface Phases {
  readonly areFaultsOver: () => boolean;
  readonly isOver: () => boolean;
}

function startActors(stage: Stage, { areFaultsOver, isOver }: Phases): void {
  const { world, scenario, ledger, cluster, start } = stage;
  const { projectId, quietId, feedStart } = start;
  const onAccepted = (post: Post) => checkAccepted(stage, post);
  for (let number = 0; number < PRODUCERS; number++) {
    const orderingKeys = Array.from({ length: KEYS_EACH }, (_, key) => `key-${number}-${key}`);
    const betweenMs = scenario.betweenPostsMs;
    run(stage, postEvents({ ...stage, projectId, orderingKeys, betweenMs, onAccepted }, areFaultsOver));
  }
  if (quietId !== null)
    run(
      stage,
      postEvents(
        { ...stage, projectId: quietId, orderingKeys: [], betweenMs: 3_000, onAccepted },
        areFaultsOver,
      ),
    );
  for (let number = 0; number < CONSUMERS; number++)
    run(stage, consumeInboxes({ ...stage, isDiligent: areFaultsOver }, isOver));
  if (scenario.hasReader && !scenario.forgets)
    run(stage, readFeed({ world, cluster, ledger }, { projectId, position: feedStart }, isOver));
  run(stage, administer({ ...stage, projectId }, areFaultsOver));
  run(stage, causeFaults({ ...stage, projectId }, areFaultsOver));
}

function run({ world }: Stage, actor: Promise<void>): void {
  void actor.catch(world.failWith);
}

/** At the moment of a 201 the event is in the store, whole. */
async function checkAccepted({ world, store, facts }: Stage, { projectId, eventId }: Post): Promise<void> {
  const fact = facts.events.get(eventId ?? "");
  if (eventId === null || fact?.isGone === true) return;
  const expected = facts.ofEvent.get(eventId)?.length ?? 0;
  const [event] = await store.readEvents(projectId, [eventId], 0);
  const deliveries = await store.readDeliveriesOfEvents(projectId, [eventId]);
  if (fact === undefined || event === undefined)
    world.fail("what was acknowledged exists", `event ${eventId} is not there at its 201`);
  if (deliveries.length !== expected)
    world.fail(
      "every event has exactly its deliveries",
      `${eventId} has ${deliveries.length} of ${expected} at its 201`,
    );
}

function heal({ world, cluster, link, wire, ledger }: Stage): void {
  world.trace.note("all faults are over");
  link.setWeather(CALM);
  for (const { url } of ledger.wishes.values())
    if (url !== null && wire.modeOf(url) !== "gone") wire.setMode(url, "well");
  for (const node of cluster.nodes) {
    if (node.machine.isPaused()) node.machine.resume();
    node.machine.setWall("right");
    if (!node.machine.isUp()) node.boot();
  }
}

/** Something is paused, or a dead letter may hold a lane. */
function needsClearing({ subscriptions, deliveries }: Facts): boolean {
  const isPaused = subscriptions.values().some(({ state }) => state === "paused");
  return isPaused || deliveries.values().some(({ state }) => state === "dead");
}

async function untilEnded(stage: Stage): Promise<void> {
  const { world, scenario, facts, ledger, start } = stage;
  const healedAt = world.scheduler.now();
  let clearedAt = 0;
  for (;;) {
    await world.sleep(LOOK_MS);
    const now = world.scheduler.now();
    if (scenario.forgets && now < healedAt + FORGOTTEN_MS) continue;
    const unended = findUnended(facts, ledger);
    if (unended === null) return;
    if (now > healedAt + HEAL_MS) return world.fail("everything comes to an end", unended);
    if (now - clearedAt < CLEAR_UP_MS || !needsClearing(facts)) continue;
    clearedAt = now;
    await resumeAll(stage);
    await redrive({ ...stage, projectId: start.projectId });
  }
}
