import type { Facts } from "./facts.ts";
import type { FilterSpan, Ledger, Post, Replay, Wish } from "./ledger.ts";

/** Clocks of nodes differ, and what is accepted while a subscription comes or goes may be matched either way. */
const EITHER_MS = 5_000;
const LATER = Number.POSITIVE_INFINITY;

type Right = "must" | "may" | "never";

/** Every accepted event has a delivery for each subscription that it had to be matched with, none for others, and none twice. */
export function checkDeliveries(facts: Facts, ledger: Ledger): void {
  const wishes = new Map<string, Wish[]>();
  for (const wish of ledger.wishes.values())
    wishes.set(wish.projectId, [...(wishes.get(wish.projectId) ?? []), wish]);
  for (const post of ledger.posts) {
    const event = post.eventId === null ? undefined : facts.events.get(post.eventId);
    if (post.answeredAt === null || event === undefined || event.isGone || post.deleteCalledAt !== null)
      continue;
    checkPost(facts, ledger, { post, eventId: event.id, wishes: wishes.get(post.projectId) ?? [] });
  }
}

interface Case {
  readonly post: Post;
  readonly eventId: string;
  readonly wishes: readonly Wish[];
}

function checkPost(facts: Facts, ledger: Ledger, { post, eventId, wishes }: Case): void {
  const live = new Set<string>();
  const replayed = new Set<string>();
  for (const { key } of facts.ofEvent.get(eventId) ?? [])
    if (key.cause === "live") live.add(key.subscriptionId);
    else replayed.add(`${key.cause} ${key.subscriptionId}`);
  const others = wishes.filter(({ isMain }) => !isMain);
  const isPlanned = facts.events.get(eventId)?.isPlanned === true;
  const rights = others.map((wish) => rightOf(post, wish, isPlanned));
  for (const [index, wish] of others.entries())
    compare(facts, {
      right: rights[index] ?? "may",
      has: live.has(wish.id),
      what: `${eventId} (${post.type}) for ${wish.id}`,
    });
  for (const main of wishes.filter(({ isMain }) => isMain)) {
    // A creation without an answer may have come about.
    const isElsewhere = [...live].some((id) => !ledger.wishes.has(id));
    const right = isElsewhere || rights.some((one) => one !== "never") ? "may" : "must";
    compare(facts, { right, has: live.has(main.id), what: `${eventId} for the main inbox` });
  }
  const isHeard = [...live].some((id) => (ledger.wishes.get(id)?.deletedAt ?? LATER) >= post.calledAt);
  if (!isHeard)
    facts.world.fail("every event has exactly its deliveries", `${eventId} went to nobody who was there`);
  for (const replay of ledger.replays)
    for (const wish of wishes) {
      const has = replayed.delete(`${replay.jobId} ${wish.id}`);
      const right = replayRightOf(post, eventId, { replay, wish });
      compare(facts, { right, has, what: `${eventId} for ${wish.id} by replay ${replay.jobId}` });
    }
  checkCauses(facts, replayed);
}

function compare(
  { world }: Facts,
  { right, has, what }: { readonly right: Right; readonly has: boolean; readonly what: string },
): void {
  if (right === "must" && !has) world.fail("every event has exactly its deliveries", `${what} is missing`);
  if (right === "never" && has) world.fail("every event has exactly its deliveries", `${what} should not be`);
}

/** What is left came from replays whose answer was lost, or it is a double. */
function checkCauses(facts: Facts, left: ReadonlySet<string>): void {
  for (const name of left) {
    const [cause = ""] = name.split(" ");
    if (facts.jobs.get(cause)?.kind !== "replay")
      facts.world.fail("every event has exactly its deliveries", `a delivery has the cause ${cause}`);
  }
}

function rightOf(post: Post, wish: Wish, isPlanned: boolean): Right {
  const from = post.calledAt;
  const to = post.answeredAt ?? Number.POSITIVE_INFINITY;
  const filter = filterRight(wish.filters, post);
  if (filter === "never") return "never";
  const isBefore = to < wish.createCalledAt - EITHER_MS;
  if (isBefore && wish.startFrom === "now") return "never";
  // Once it is over, a back-fill and a plan stop where they are.
  const isTaken =
    wish.startFrom === "earliest" ? wish.overFrom === Number.POSITIVE_INFINITY : from > wish.createdAt;
  const isOver =
    to > wish.overFrom || ((wish.createdAt >= 0 || isPlanned) && wish.overFrom !== Number.POSITIVE_INFINITY);
  return isTaken && !isOver ? filter : "may";
}

/** `may` while one filter matches and another one may still, or already, hold. */
function filterRight(filters: readonly FilterSpan[], { type, calledAt, answeredAt }: Post): Right {
  const possible = filters.filter((span) => span.from <= (answeredAt ?? 0) && span.to >= calledAt);
  const matching = possible.filter(({ types }) => types === null || types.includes(type));
  if (matching.length === 0) return "never";
  return matching.length === possible.length ? "must" : "may";
}

function replayRightOf(
  post: Post,
  eventId: string,
  { replay, wish }: { readonly replay: Replay; readonly wish: Wish },
): Right {
  if (post.projectId !== replay.projectId) return "never";
  if (replay.eventId !== null && replay.eventId !== eventId) return "never";
  if (replay.subscriptionId !== null && replay.subscriptionId !== wish.id) return "never";
  if (replay.eventId === null && post.calledAt > replay.answeredAt + EITHER_MS) return "never";
  // Which of several subscriptions match is a matter of the moment; the one that is named is not.
  const isSure = replay.subscriptionId !== null && wish.overFrom === Number.POSITIVE_INFINITY && !wish.isMain;
  if (!isSure || wish.filters.length > 1) return "may";
  const isOld = (post.answeredAt ?? Number.POSITIVE_INFINITY) < replay.calledAt - EITHER_MS;
  if (replay.eventId !== null) return "must";
  const matches = filterRight(wish.filters, post);
  return matches === "must" && isOld ? "must" : matches === "never" ? "never" : "may";
}
