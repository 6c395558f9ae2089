import { makeIdSource } from "../domain/ids.ts";
import type { KeepTimes } from "../flow/accept-events.ts";
import type { Clock } from "../flow/clock.ts";
import { type OpenFlow, openFlow } from "../flow/open-flow.ts";
import { newEvent } from "../flow/testing/open-test-flow.ts";
import type { NewInbox, NewWebhook } from "../flow/views.ts";
import type { MasterKey } from "../seal/master-key.ts";
import { makeSealer } from "../seal/sealer.ts";
import type { Store } from "../store/store.ts";
import { makeLocalWakeups } from "../wakeups/local-wakeups.ts";
import { EVENT_TYPES } from "./actors/post-events.ts";
import type { Ledger, Wish } from "./judge/ledger.ts";
import type { Scenario } from "./scenario.ts";
import type { Random } from "./world/random.ts";
import { EPOCH, type World } from "./world/world.ts";

export interface SetUp {
  readonly projectId: string;
  /** Null: there is none. */
  readonly quietId: string | null;
  /** Where a reader begins. */
  readonly feedStart: string;
}

const WIDE_INBOXES = 41;
const HISTORY_EVENTS = 300;
/** Of the quiet project: always well. */
const QUIET_URL = "https://quiet.test/hook";

/** Makes projects, subscriptions and old events before anything can go wrong. */
export async function setUp(
  world: World,
  scenario: Scenario,
  parts: {
    readonly store: Store;
    readonly masterKey: MasterKey;
    readonly keep: KeepTimes;
    readonly ledger: Ledger;
  },
): Promise<SetUp> {
  const { ledger, store } = parts;
  const { random } = world;
  const flow = openStill(world, parts);
  const { project } = await flow.createProject("noisy");
  await noteMain(flow, ledger, project.id);
  if (scenario.hasHistory) await writeHistory(flow, ledger, project.id);
  for (let count = 2 + random.below(3), number = 0; number < count; number++) {
    const types = drawTypes(random);
    if (random.chance(0.5)) {
      const { subscription } = await flow.createInbox(
        project.id,
        drawInbox(random, `inbox-${number}`, types),
      );
      noteWish(ledger, { ...subscription, types });
    } else {
      const url = `https://hook-${number}.test/a`;
      const { view } = await flow.createWebhook(project.id, drawWebhook(random, url, types));
      noteWish(ledger, { ...view.subscription, types, url });
    }
  }
  for (let number = 0; scenario.isWide && number < WIDE_INBOXES; number++) {
    const { subscription } = await flow.createInbox(project.id, drawInbox(random, `wide-${number}`, ["a"]));
    noteWish(ledger, { ...subscription, types: ["a"] });
  }
  const quietId = scenario.hasQuietProject ? await makeQuietProject(flow, ledger, random) : null;
  return { projectId: project.id, quietId, feedStart: await store.seekFeed(project.id, 0) };
}

async function makeQuietProject(flow: OpenFlow, ledger: Ledger, random: Random): Promise<string> {
  const { project } = await flow.createProject("quiet");
  await noteMain(flow, ledger, project.id);
  const wish = { ...drawWebhook(random, QUIET_URL, null), ordered: false };
  const { view } = await flow.createWebhook(project.id, wish);
  noteWish(ledger, { ...view.subscription, types: null, url: QUIET_URL });
  const { subscription } = await flow.createInbox(project.id, {
    ...drawInbox(random, "quiet", null),
    ordered: false,
  });
  noteWish(ledger, { ...subscription, types: null });
  return project.id;
}

/** A flow whose time stands still and whose rounds never come. */
function openStill(
  world: World,
  {
    store,
    masterKey,
    keep,
  }: { readonly store: Store; readonly masterKey: MasterKey; readonly keep: KeepTimes },
): OpenFlow {
  const { random } = world;
  const clock: Clock = {
    now: () => EPOCH - 1_000,
    monotonic: () => 0,
    after: () => () => {},
    soon: queueMicrotask,
  };
  const sealer = makeSealer({
    store,
    masterKey,
    isEncrypting: false,
    randomBytes: random.bytes,
    monotonicMs: clock.monotonic,
  });
  const nextId = makeIdSource(random.bytes);
  const wakeups = makeLocalWakeups();
  return openFlow({
    ...{ store, sealer, clock, random, wakeups, nextId, keep, onError: world.failWith },
    alert: null,
    isSweeping: false,
  });
}

async function noteMain(flow: OpenFlow, ledger: Ledger, projectId: string): Promise<void> {
  const main = await flow.findInbox(projectId, "main");
  noteWish(ledger, { ...main, types: null });
}

async function writeHistory(flow: OpenFlow, ledger: Ledger, projectId: string): Promise<void> {
  const types = Array.from(
    { length: HISTORY_EVENTS },
    (_, number) => EVENT_TYPES[number % EVENT_TYPES.length] ?? "a",
  );
  const outcomes = await flow.acceptEvents(
    projectId,
    types.map((type) => newEvent({ type })),
  );
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.outcome === "key_reused") continue;
    const { eventId } = outcome;
    ledger.posts.push({
      ...{ projectId, type: types[index] ?? "a", orderingKey: null, idempotencyKey: null, calledAt: BEFORE },
      ...{ answeredAt: BEFORE, eventId, deleteCalledAt: null },
    });
  }
}

const BEFORE = -1_000;

/** Notes a subscription whose owner got its 201 at `createdAt` (before the run, if it is not said). */
export function noteWish(
  ledger: Ledger,
  made: {
    readonly id: string;
    readonly projectId: string;
    readonly channel: "inbox" | "webhook";
    readonly matches: string | null;
    readonly types: readonly string[] | null;
    readonly expiresAt: number | null;
    readonly url?: string;
    readonly startFrom?: Wish["startFrom"];
    readonly calledAt?: number;
    readonly answeredAt?: number;
  },
): Wish {
  const { id, projectId, channel, matches, types, expiresAt, url = null, startFrom = "now" } = made;
  const { calledAt = BEFORE, answeredAt = BEFORE } = made;
  const wish: Wish = {
    ...{ id, projectId, channel, isMain: matches !== null, url, startFrom },
    filters: [{ types, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, isSure: true }],
    ...{ createCalledAt: calledAt, createdAt: answeredAt, deletedAt: null, pausing: "no" },
    overFrom: expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt - EPOCH,
  };
  ledger.wishes.set(id, wish);
  return wish;
}

export function drawTypes(random: Random): readonly string[] | null {
  return random.pick([null, ["a"], ["b"], ["a", "b"]]);
}

export function filterOf(types: readonly string[] | null): unknown {
  return types === null ? null : { type: types };
}

function drawCommon(random: Random, types: readonly string[] | null) {
  return {
    filter: filterOf(types),
    ordered: random.chance(0.5),
    onDead: random.pick(["park", "skip"]),
    maxAttempts: 2 + random.below(5),
    labels: [],
    expiresAt: null,
    startFrom: "now",
  } as const;
}

export function drawInbox(random: Random, name: string, types: readonly string[] | null): NewInbox {
  return { ...drawCommon(random, types), name };
}

export function drawWebhook(random: Random, url: string, types: readonly string[] | null): NewWebhook {
  const ratePerSecond = random.chance(0.2) ? 20 : null;
  return {
    ...drawCommon(random, types),
    ...{ name: null, scheduleSeconds: [0, 1, 2], secret: null },
    webhook: {
      ...{ url, format: "payload", headers: {}, timeoutSeconds: 5, ratePerSecond },
      maxInFlight: random.pick([1, 3, 10]),
    },
  };
}
