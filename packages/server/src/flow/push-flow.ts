import type { Delivery } from "../domain/delivery.ts";
import { deliveryId } from "../domain/ids.ts";
import type { Verdict } from "../domain/judge-response.ts";
import type { Subscription } from "../domain/subscription.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import { deliveryTopic } from "../wakeups/topics.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import type { SubscriptionParts } from "./create-subscription.ts";
import { endSubscription, noteFailing } from "./end-subscription.ts";
import type { LeaseBehind } from "./lease-behind.ts";
import { readWebhook } from "./manage-webhook.ts";
import { openEvent } from "./read-events.ts";
import { viewSubscription } from "./read-subscription.ts";
import type { RecentEvents } from "./recent-events.ts";
import { requireSeal } from "./require-seal.ts";
import { type GivenUp, tellDeliveries } from "./tell-deliveries.ts";
import type { TellOwner } from "./tell-owner.ts";
import type { EventView, SubscriptionView } from "./views.ts";

/** What the push loop needs of the product. */
export interface PushFlow {
  /** See `LeaseBehind`. */
  readonly leaseBehind: Pick<LeaseBehind, "join">;
  readTarget(projectId: string, subscriptionId: string): Promise<SubscriptionView | null>;
  viewTarget(subscription: Subscription): Promise<SubscriptionView>;
  /** The events of these ids that are there, opened. */
  openEvents(projectId: string, ids: readonly string[]): Promise<ReadonlyMap<string, EventView>>;
  dropDeliveries(projectId: string, deliveries: readonly Delivery[]): Promise<void>;
  /** The first bytes of an answer, sealed for its attempt. */
  sealExcerpt(delivery: Delivery, excerpt: Uint8Array): Promise<Uint8Array>;
  /** What follows from a settled push for its subscription, its lane and its owner. */
  afterPush(subscription: Subscription, delivery: Delivery, verdict: Verdict): Promise<void>;
  tellDead(delivery: Delivery): Promise<void>;
  /** A webhook's settings and a sample event that is stored nowhere. Refused: what is no webhook. */
  openTest(
    projectId: string,
    subscriptionId: string,
  ): Promise<{ readonly webhook: WebhookSettings; readonly sample: EventView }>;
}

export interface PushFlowParts extends SubscriptionParts {
  readonly wakeups: Wakeups;
  readonly recent: RecentEvents;
  readonly leaseBehind: LeaseBehind;
  readonly tellOwner: TellOwner;
}

export function makePushFlow(parts: PushFlowParts): PushFlow {
  const { store, clock, sealer, wakeups, recent } = parts;
  const viewTarget = (subscription: Subscription) => viewSubscription(parts, subscription);
  const tellDead = (delivery: Delivery) =>
    tellDeliveries(parts, delivery.projectId, { type: "delivery.dead", deliveries: [givenUp(delivery)] });
  const endGone = makeEndGone(parts);
  return {
    leaseBehind: parts.leaseBehind,
    async readTarget(projectId, subscriptionId) {
      const subscription = await store.readSubscription(projectId, subscriptionId);
      return subscription === null ? null : viewTarget(subscription);
    },
    viewTarget,
    async openEvents(projectId, ids) {
      const views = new Map<string, EventView>();
      const unknown: string[] = [];
      for (const id of ids) {
        const view = recent.take(id);
        if (view?.event.projectId === projectId) views.set(id, view);
        else unknown.push(id);
      }
      const events = unknown.length === 0 ? [] : await store.readEvents(projectId, unknown, clock.now());
      for (const event of events) views.set(event.id, await openEvent(sealer, event, null));
      return views;
    },
    dropDeliveries: (projectId, deliveries) => store.dropDeliveries(projectId, deliveries, clock.now()),
    async sealExcerpt(delivery, excerpt) {
      const seal = await requireSeal(sealer, delivery.projectId);
      return seal.seal(deliveryId(delivery), "excerpt", [excerpt]);
    },
    async afterPush(subscription, delivery, verdict) {
      const { projectId, id } = subscription;
      if (verdict.outcome === "gone") return endGone(projectId, id);
      if (delivery.state === "pending" || delivery.lane !== null) wakeups.wake(deliveryTopic(id));
      if (delivery.state === "dead") await tellDead(delivery);
      if (verdict.outcome !== "given_back")
        await noteFailing(parts, subscription, verdict.outcome === "retry");
    },
    tellDead,
    async openTest(projectId, id) {
      const { webhook } = await readWebhook(parts, { projectId, id });
      return { webhook, sample: sampleEvent(projectId, parts.nextId(clock.now()).id) };
    },
  };
}

/** Requests that are out together are answered 410 together: the first one ends the subscription, the others wait for that. */
function makeEndGone(parts: PushFlowParts): (projectId: string, id: string) => Promise<void> {
  const ending = new Map<string, Promise<void>>();
  return (projectId, id) => {
    const known = ending.get(id);
    if (known !== undefined) return known;
    const end = endSubscription(parts, { projectId, id }, "gone").finally(() => ending.delete(id));
    ending.set(id, end);
    return end;
  };
}

function givenUp(delivery: Delivery): GivenUp {
  const { eventId, subscriptionId, stateReason, attempt } = delivery;
  return {
    delivery_id: deliveryId(delivery),
    event_id: eventId,
    subscription_id: subscriptionId,
    reason: stateReason,
    attempt,
  };
}

function sampleEvent(projectId: string, id: string): EventView {
  const fact = {
    projectId,
    id,
    type: "triggers.test",
    source: "triggers",
    tags: [],
    priority: "normal",
  } as const;
  return {
    event: {
      ...fact,
      ...{ occurredAt: null, contentType: "application/json", subjectIndex: null, orderingKeyIndex: null },
      ...{ sealed: new Uint8Array(0), bytes: 0, isPlanned: false, expiresAt: Number.MAX_SAFE_INTEGER },
    },
    content: {
      payload: Buffer.from('{"message":"This is a test."}'),
      metadata: '{"priority":"normal","tags":[]}',
      ...{ subject: null, orderingKey: null, extensions: null, trace: null },
    },
    status: null,
  };
}
