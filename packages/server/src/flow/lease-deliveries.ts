import type { Delivery } from "../domain/delivery.ts";
import { TriggersError } from "../domain/errors.ts";
import { drawLowerFirst } from "../domain/priority.ts";
import type { Subscription } from "../domain/subscription.ts";
import type { LeaseOutcome } from "../store/delivery-store.ts";
import { deliveryTopic } from "../wakeups/topics.ts";
import { openBell } from "./bell.ts";
import type { Randomness } from "./clock.ts";
import { openEvent } from "./read-events.ts";
import { LOOK_MS, type StreamParts } from "./stream-events.ts";
import type { LeasedDelivery, LeaseWish } from "./views.ts";

export interface LeaseParts extends StreamParts {
  readonly random: Randomness;
}

/** Hands out what is due in an inbox, or waits for it, see `POST /v1/inbox/lease`. */
export async function leaseInbox(
  parts: LeaseParts,
  inbox: Subscription,
  wish: LeaseWish,
): Promise<readonly LeasedDelivery[]> {
  const { clock } = parts;
  const endsAt = clock.monotonic() + wish.waitSeconds * 1_000;
  const bell = openBell(parts.wakeups, clock, deliveryTopic(inbox.id));
  try {
    for (;;) {
      const leased = await leaseNow(parts, inbox, wish);
      if (leased.items.length > 0) return await keepIfHeard(parts, leased.items, wish.signal);
      const left = endsAt - clock.monotonic();
      if (left <= 0 || wish.signal.aborted) return [];
      const dueIn = leased.nextDueAt === null ? LOOK_MS : Math.max(1, leased.nextDueAt - clock.now());
      await bell.wait(Math.min(left, dueIn, LOOK_MS), wish.signal);
    }
  } finally {
    bell.close();
  }
}

interface Leased {
  readonly items: readonly LeasedDelivery[];
  readonly nextDueAt: number | null;
}

async function leaseNow(parts: LeaseParts, inbox: Subscription, wish: LeaseWish): Promise<Leased> {
  const { store, clock, random } = parts;
  const now = clock.now();
  const outcome = await store.leaseDeliveries({
    projectId: inbox.projectId,
    subscriptionId: inbox.id,
    owner: null,
    leaseId: Buffer.from(random.bytes(16)).toString("base64url"),
    now,
    until: now + wish.leaseSeconds * 1_000,
    limit: wish.limit,
    lowerFirst: drawLowerFirst(wish.limit, () => random.number()),
    maxBytes: wish.maxBytes,
  });
  const { deliveries, nextDueAt } = expectLeased(outcome);
  if (deliveries.length === 0) return { items: [], nextDueAt };
  const items = await withEvents(parts, inbox.projectId, deliveries);
  // All of them were of deleted events: there may be others behind.
  return items.length === 0 ? leaseNow(parts, inbox, wish) : { items, nextDueAt };
}

function expectLeased(outcome: LeaseOutcome): Extract<LeaseOutcome, { outcome: "leased" }> {
  switch (outcome.outcome) {
    case "leased":
      return outcome;
    case "paused":
    case "disabled":
      throw new TriggersError("inbox_paused", "Resume the subscription, then lease again.");
    case "ended":
    case "not_found":
    case "not_owner":
      throw new TriggersError("not_found", "There is no inbox with this id or name.");
  }
}

/** A lease that meets the delivery of a deleted event drops it. */
async function withEvents(
  { store, sealer, clock }: LeaseParts,
  projectId: string,
  deliveries: readonly Delivery[],
): Promise<readonly LeasedDelivery[]> {
  const now = clock.now();
  const events = await store.readEvents(
    projectId,
    deliveries.map(({ eventId }) => eventId),
    now,
  );
  const byId = new Map(events.map((event) => [event.id, event]));
  const items: LeasedDelivery[] = [];
  const gone: Delivery[] = [];
  for (const delivery of deliveries) {
    const event = byId.get(delivery.eventId);
    if (event === undefined) gone.push(delivery);
    else items.push({ delivery, view: await openEvent(sealer, event, null) });
  }
  if (gone.length > 0) await store.dropDeliveries(projectId, gone, now);
  return items;
}

/** Gives back at once what was leased for a caller who hung up meanwhile. */
async function keepIfHeard(
  { store, clock }: LeaseParts,
  items: readonly LeasedDelivery[],
  signal: AbortSignal,
): Promise<readonly LeasedDelivery[]> {
  const [first] = items;
  if (!signal.aborted || first === undefined) return items;
  const now = clock.now();
  const settles = items.map(({ delivery: { eventId, subscriptionId, cause, leaseToken } }) => ({
    eventId,
    subscriptionId,
    cause,
    token: leaseToken ?? "",
    verb: {
      kind: "release" as const,
      dueAt: now,
      reason: null,
      maxAttempts: Number.MAX_SAFE_INTEGER,
      isLate: false,
    },
    attempt: null,
  }));
  await store.settleDeliveries({ projectId: first.delivery.projectId, now, settles });
  return [];
}
