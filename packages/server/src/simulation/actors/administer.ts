import type { OpenFlow } from "../../flow/open-flow.ts";
import type { Facts } from "../judge/facts.ts";
import type { Ledger, Post, Wish } from "../judge/ledger.ts";
import type { Scenario } from "../scenario.ts";
import { drawInbox, drawTypes, drawWebhook, filterOf, noteWish } from "../setup.ts";
import type { Answer, Cluster } from "../world/cluster.ts";
import { EPOCH, type World } from "../world/world.ts";

export interface AdminParts {
  readonly world: World;
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly facts: Facts;
  readonly projectId: string;
  readonly scenario: Scenario;
}

type Deed = (parts: AdminParts) => Promise<void>;

/** The owner of a project changes things while all goes on. */
export async function administer(parts: AdminParts, isOver: () => boolean): Promise<void> {
  const { world } = parts;
  const { random } = world;
  while (!isOver()) {
    await world.sleep(random.between(100, 4_000));
    // Nobody waits for one deed before the next.
    if (!isOver()) void random.pick(DEEDS)(parts).catch(world.failWith);
  }
}

const DEEDS: readonly Deed[] = [
  pauseAndResume,
  pauseAndResume,
  create,
  create,
  create,
  remove,
  changeFilter,
  replayAll,
  replayOne,
  redrive,
  cancelOne,
  deleteOne,
  acknowledgeOne,
];

/** Refusals that a race with another deed explains. */
const EXPECTED = new Set([
  "not_found",
  "subscription_ended",
  "delivery_settled",
  "delivery_leased",
  "delivery_not_dead",
  "overloaded",
]);

async function call<T>(
  { world, cluster }: AdminParts,
  what: string,
  work: (flow: OpenFlow) => Promise<T>,
): Promise<Answer<T>> {
  world.trace.note(`owner ${what}`);
  const answer = await cluster.call(work);
  world.trace.note(`owner ${what}: ${answer.kind === "refused" ? answer.code : answer.kind}`);
  if (answer.kind === "refused" && !EXPECTED.has(answer.code))
    world.fail("nothing breaks", `${what} was refused: ${answer.code}`);
  return answer;
}

function living({ world, ledger, projectId }: AdminParts): readonly Wish[] {
  const now = world.scheduler.now();
  return [...ledger.wishes.values()].filter((wish) => wish.projectId === projectId && wish.overFrom > now);
}

async function pauseAndResume(parts: AdminParts): Promise<void> {
  const { world, facts } = parts;
  const wish = world.random.pickOf(living(parts).filter(({ pausing }) => pausing === "no"));
  if (wish === null) return;
  wish.pausing = "yes";
  const { id, projectId } = wish;
  const paused = await call(parts, `pauses ${id}`, (flow) => flow.pauseSubscription(projectId, id));
  if (paused.kind === "answered") facts.stoppedSince.set(id, wish.deletedAt ?? world.scheduler.now());
  await world.sleep(world.random.between(500, 5_000));
  if (wish.deletedAt === null) facts.stoppedSince.delete(id);
  const resumed = await call(parts, `resumes ${id}`, (flow) => flow.resumeSubscription(projectId, id));
  wish.pausing = resumed.kind === "unknown" ? "lost" : "no";
}

/** Resumes whatever is paused and in nobody's hand. */
export async function resumeAll(parts: Pick<AdminParts, "cluster" | "facts" | "ledger">): Promise<void> {
  for (const { id, projectId, state } of parts.facts.subscriptions.values())
    if (state === "paused" && parts.ledger.wishes.get(id)?.pausing !== "yes")
      await parts.cluster.call((flow) => flow.resumeSubscription(projectId, id));
}

async function create(parts: AdminParts): Promise<void> {
  const { world, ledger, projectId } = parts;
  const { random, scheduler } = world;
  const calledAt = scheduler.now();
  const types = drawTypes(random);
  const startFrom = random.pick(["now", "earliest"] as const);
  const expiresAt = random.chance(0.1) ? Math.floor(EPOCH + calledAt + random.between(5_000, 15_000)) : null;
  const name = `${ledger.wishes.size}-${Math.floor(calledAt)}`;
  const fields = { startFrom, expiresAt };
  const url = `https://${name}.test/`;
  const answer = random.chance(0.6)
    ? await call(parts, "creates an inbox", async (flow) => {
        const { subscription } = await flow.createInbox(projectId, {
          ...drawInbox(random, name, types),
          ...fields,
        });
        return subscription;
      })
    : await call(parts, "creates a webhook", async (flow) => {
        const wish = { ...drawWebhook(random, url, types), ...fields };
        return (await flow.createWebhook(projectId, wish)).view.subscription;
      });
  if (answer.kind !== "answered") return;
  const endpoint = answer.value.channel === "webhook" ? { url } : {};
  const answeredAt = scheduler.now();
  noteWish(ledger, { ...answer.value, ...endpoint, types, startFrom, calledAt, answeredAt });
}

async function remove(parts: AdminParts): Promise<void> {
  const { world, facts, projectId } = parts;
  const wish = world.random.pickOf(living(parts).filter(({ isMain }) => !isMain));
  if (wish === null) return;
  wish.overFrom = Math.min(wish.overFrom, world.scheduler.now());
  const { id } = wish;
  const answer = await call(parts, `deletes ${id}`, (flow) => flow.deleteSubscription(projectId, id));
  if (answer.kind !== "answered") return;
  wish.deletedAt = world.scheduler.now();
  facts.stoppedSince.set(id, wish.deletedAt);
}

/** What a change of a filter needs to be known everywhere, from its answer on: the delay of the store, and the difference of clocks. */
const CHANGE_KNOWN_MS = 8_000;

async function changeFilter(parts: AdminParts): Promise<void> {
  const { world, projectId } = parts;
  // A back-fill goes by the filter of its own time: what it does about a change is not looked at.
  const wish = world.random.pickOf(living(parts).filter(({ isMain, createdAt }) => !isMain && createdAt < 0));
  if (wish === null) return;
  const types = drawTypes(world.random);
  const before = wish.filters.at(-1);
  const span = { types, from: world.scheduler.now(), to: Number.POSITIVE_INFINITY, isSure: false };
  wish.filters.push(span);
  const answer = await call(parts, `changes the filter of ${wish.id}`, (flow) =>
    flow.changeSubscription(projectId, wish.id, { filter: filterOf(types) }),
  );
  span.isSure = answer.kind === "answered";
  // Without an answer, or with another change under way, either filter may hold.
  if (span.isSure && before?.isSure === true && wish.filters.at(-1) === span)
    before.to = world.scheduler.now() + CHANGE_KNOWN_MS;
}

async function replayAll(parts: AdminParts): Promise<void> {
  const { world, ledger, projectId, scenario } = parts;
  const { random, scheduler } = world;
  const calledAt = scheduler.now();
  const subscriptionId =
    scenario.isWide || random.chance(0.7) ? (random.pickOf(living(parts))?.id ?? null) : null;
  const ratePerSecond = !scenario.hasHistory && random.chance(0.3) ? 10 + random.below(20) : null;
  const wish = { filter: null, after: null, before: null, subscriptionId, ratePerSecond };
  const answer = await call(parts, "replays", (flow) => flow.startReplay(projectId, wish));
  if (answer.kind === "answered")
    ledger.replays.push({
      jobId: answer.value.id,
      projectId,
      subscriptionId,
      eventId: null,
      calledAt,
      answeredAt: scheduler.now(),
    });
}

async function replayOne(parts: AdminParts): Promise<void> {
  const { world, ledger, projectId } = parts;
  const calledAt = world.scheduler.now();
  const eventId = pickEvent(parts)?.eventId ?? null;
  if (eventId === null) return;
  const subscriptionId = world.random.pickOf(living(parts))?.id ?? null;
  const answer = await call(parts, `replays ${eventId}`, (flow) =>
    flow.replayEvent(projectId, { eventId, subscriptionId }),
  );
  if (answer.kind === "answered")
    ledger.replays.push({
      jobId: answer.value.id,
      projectId,
      subscriptionId,
      eventId,
      calledAt,
      answeredAt: world.scheduler.now(),
    });
}

/** Tries all dead letters again. */
export async function redrive(parts: Pick<AdminParts, "world" | "cluster" | "projectId">): Promise<void> {
  const wish = { subscriptionId: null, after: null, before: null, reason: null };
  parts.world.trace.note("owner redrives");
  await parts.cluster.call((flow) => flow.startRedrive(parts.projectId, wish));
}

async function cancelOne(parts: AdminParts): Promise<void> {
  const { world, facts, projectId } = parts;
  const fact = world.random.pickOf(
    [...facts.deliveries.values()].filter(
      (one) => one.projectId === projectId && one.state !== "acknowledged",
    ),
  );
  if (fact === null) return;
  await call(parts, `cancels ${fact.id}`, (flow) =>
    flow.cancelDelivery(projectId, { key: fact.key, reason: null }),
  );
}

async function deleteOne(parts: AdminParts): Promise<void> {
  const { world, projectId } = parts;
  const post = pickEvent(parts);
  const eventId = post?.eventId ?? null;
  if (post === null || eventId === null) return;
  post.deleteCalledAt ??= world.scheduler.now();
  await call(parts, `deletes ${eventId}`, (flow) => flow.deleteEvent(projectId, eventId));
}

async function acknowledgeOne(parts: AdminParts): Promise<void> {
  const { world, projectId } = parts;
  const eventId = pickEvent(parts)?.eventId ?? null;
  const inbox = world.random.pickOf(living(parts).filter(({ channel }) => channel === "inbox"));
  if (eventId === null || inbox === null) return;
  await call(parts, `acknowledges ${eventId}`, async (flow) =>
    flow.acknowledgeEvent(await flow.findInbox(projectId, inbox.id), eventId),
  );
}

function pickEvent({ world, ledger, projectId }: AdminParts): Post | null {
  return world.random.pickOf(
    ledger.posts.filter(
      (post) => post.projectId === projectId && post.eventId !== null && post.deleteCalledAt === null,
    ),
  );
}
