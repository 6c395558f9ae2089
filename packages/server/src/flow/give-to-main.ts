import type { Delivery } from "../domain/delivery.ts";
import { MAIN_INBOX } from "../domain/subscription.ts";
import type { FeedPosition } from "../store/event-store.ts";
import type { Store } from "../store/store.ts";
import { deliveryTopic } from "../wakeups/topics.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import type { Step } from "./run-jobs.ts";

/** Events looked at in one step. */
const STEP = 250;

interface Deleted {
  readonly projectId: string;
  readonly subscriptionId: string;
  /** The end of the feed before the delete, or where the step before this one stopped. */
  readonly after: FeedPosition;
  readonly now: number;
}

/**
 * With replicas, a node matches by a subscription for a moment after its delete was answered. What it accepted then for this subscription alone goes to the main inbox, unless that takes none:
 * nothing disappears because nobody was listening. It ends where the feed ends and holds nothing up.
 */
export async function giveToMain(
  { store, wakeups }: { readonly store: Store; readonly wakeups: Wakeups },
  { projectId, subscriptionId, after, now }: Deleted,
): Promise<Pick<Step, "next" | "position">> {
  const main = await store.readSubscriptionByName(projectId, MAIN_INBOX);
  if (main === null || main.matches === "none") return { next: "finished" };
  const request = { projectId, after, subjectIndex: null, limit: STEP, now };
  const page = await store.readFeed({ ...request, withUnderWay: true });
  if (page.outcome !== "page") return { next: "finished" };
  const ids = page.items.map(({ event }) => event.id);
  const given = givenTo(subscriptionId, await store.readDeliveriesOfEvents(projectId, ids));
  const deliveries = given.map((eventId) => ({
    ...{ eventId, subscriptionId: main.id, cause: "live", dueAt: now, takesNewPosition: false },
    ...{ ordered: main.ordered, parks: main.onDead === "park" },
  }));
  if (deliveries.length > 0) await store.addDeliveries({ projectId, deliveries, now });
  if (deliveries.length > 0) wakeups.wake(deliveryTopic(main.id));
  if (page.items.length === STEP) return { next: "go_on", position: page.end };
  return { next: page.isHeldUp === true ? "later" : "finished", position: page.end };
}

/** The events that went to this subscription and to no other, but such as were deleted too. */
function givenTo(subscriptionId: string, deliveries: readonly Delivery[]): readonly string[] {
  const live = deliveries.filter(({ cause }) => cause === "live");
  const others = live.filter((one) => one.subscriptionId !== subscriptionId && one.state !== "cancelled");
  const shared = new Set(others.map(({ eventId }) => eventId));
  const own = live.filter((one) => one.subscriptionId === subscriptionId);
  return own.map(({ eventId }) => eventId).filter((eventId) => !shared.has(eventId));
}
