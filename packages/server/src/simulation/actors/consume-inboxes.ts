import { isOpen } from "../../domain/delivery.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { OpenFlow } from "../../flow/open-flow.ts";
import type { LeasedDelivery, SettleWish } from "../../flow/views.ts";
import type { Facts } from "../judge/facts.ts";
import type { Cluster } from "../world/cluster.ts";
import type { World } from "../world/world.ts";

export interface ConsumerParts {
  readonly world: World;
  readonly cluster: Cluster;
  readonly facts: Facts;
  /** From now on it works fast and acknowledges everything. */
  readonly isDiligent: () => boolean;
}

const MOST_BYTES = 4 * 1024 * 1024;

/** Leases from one inbox after another, and settles: soon or late, well or badly, twice or never. */
export async function consumeInboxes(parts: ConsumerParts, isOver: () => boolean): Promise<void> {
  const { world, isDiligent } = parts;
  const { random } = world;
  while (!isOver()) {
    const inbox = random.pickOf(waiting(parts));
    const leased = inbox === null ? [] : await lease(parts, inbox);
    if (inbox !== null && leased.length > 0) void work(parts, inbox.projectId, leased);
    else await world.sleep(random.between(20, isDiligent() ? 1_000 : 500));
  }
}

/** Inboxes in which something may wait, and now and then any: what a wake-up would tell a consumer over the long poll. */
function waiting({ world, facts }: ConsumerParts): readonly Subscription[] {
  const isAny = world.random.chance(0.05);
  return [...facts.subscriptions.values()].filter(({ id, channel, state }) => {
    if (channel !== "inbox" || state === "deleted") return false;
    return isAny || facts.ofSubscription.get(id)?.some((one) => isOpen(one.state)) === true;
  });
}

async function lease(
  { world, cluster, isDiligent }: ConsumerParts,
  inbox: { readonly projectId: string; readonly id: string },
): Promise<readonly LeasedDelivery[]> {
  const { random } = world;
  const isFast = isDiligent();
  const wish = {
    limit: isFast ? 50 : 1 + random.below(5),
    leaseSeconds: isFast ? 10 : 1 + random.below(15),
    waitSeconds: isFast || random.chance(0.8) ? 0 : random.below(3),
    maxBytes: MOST_BYTES,
  };
  const answer = await cluster.call(
    async (flow, signal) =>
      flow.leaseInbox(await flow.findInbox(inbox.projectId, inbox.id), { ...wish, signal }),
    random.chance(0.1) ? 1_000 : 6_000,
  );
  if (answer.kind === "refused" && answer.code !== "inbox_paused" && answer.code !== "not_found")
    world.fail("nothing breaks", `a lease was refused: ${answer.code}`);
  return answer.kind === "answered" ? answer.value : [];
}

/** Each delivery by itself, or all together. */
async function work(
  parts: ConsumerParts,
  projectId: string,
  leased: readonly LeasedDelivery[],
): Promise<void> {
  const { world } = parts;
  const { random } = world;
  if (parts.isDiligent())
    return settle(
      parts,
      projectId,
      leased.map((one) => wishFor(one, { kind: "acknowledge" })),
    );
  for (const one of leased) {
    const isLate = random.chance(0.1);
    await world.sleep(random.between(0, isLate ? 20_000 : 600));
    const wish = drawWish(world, one);
    if (wish === null) continue;
    await settle(parts, projectId, [wish]);
    if (wish.kind === "extend") await settle(parts, projectId, [wishFor(one, { kind: "acknowledge" })]);
  }
}

type Settle =
  | { readonly kind: "acknowledge" }
  | { readonly kind: "release"; readonly delaySeconds: number; readonly reason: null }
  | { readonly kind: "bury"; readonly reason: null }
  | { readonly kind: "extend"; readonly leaseSeconds: number };

/** Null: the consumer has crashed. */
function drawWish({ random }: World, one: LeasedDelivery): SettleWish | null {
  const draw = random.number();
  if (draw < 0.1) return null;
  if (draw < 0.25) return wishFor(one, { kind: "release", delaySeconds: random.below(3), reason: null });
  if (draw < 0.3) return wishFor(one, { kind: "bury", reason: null });
  if (draw < 0.35) return wishFor(one, { kind: "extend", leaseSeconds: 5 });
  return wishFor(one, { kind: "acknowledge" });
}

function wishFor({ delivery }: LeasedDelivery, settle: Settle): SettleWish {
  const { eventId, subscriptionId, cause, leaseToken } = delivery;
  return { eventId, subscriptionId, cause, token: leaseToken ?? "", ...settle };
}

/** Sent again when no answer came: a settle may be repeated. */
async function settle(
  { world, cluster }: ConsumerParts,
  projectId: string,
  wishes: readonly SettleWish[],
): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    const answer = await cluster.call((flow: OpenFlow) => flow.settleDeliveries(projectId, wishes));
    if (answer.kind === "refused") world.fail("nothing breaks", `a settle was refused: ${answer.code}`);
    if (answer.kind === "answered") return;
    await world.sleep(world.random.between(0, 500));
  }
}
