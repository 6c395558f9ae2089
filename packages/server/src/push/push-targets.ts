import { DEFAULT_SCHEDULE_SECONDS } from "../domain/retry-schedule.ts";
import { type Subscription, stateAt } from "../domain/subscription.ts";
import type { WebhookSettings } from "../domain/webhook.ts";
import type { Clock } from "../flow/clock.ts";
import type { SubscriptionView } from "../flow/views.ts";
import { type EndpointPace, paceEndpoint } from "./pace-endpoint.ts";
import { paceSubscription, type SubscriptionPace } from "./pace-subscription.ts";
import { type Target, targetOf } from "./sender.ts";
import { CONTENT_TYPES } from "./webhook-body.ts";
import { fixedHeaders } from "./webhook-headers.ts";

/** A webhook subscription as the loop serves it. */
export interface PushTarget {
  readonly subscription: Subscription;
  readonly webhook: WebhookSettings;
  readonly scheduleSeconds: readonly number[];
  readonly shard: number;
  readonly target: Target;
  readonly fixed: readonly string[];
  readonly pace: SubscriptionPace;
  readonly endpoint: Endpoint;
}

/** Shared by all subscriptions to a URL. */
export interface Endpoint {
  readonly pace: EndpointPace;
  /** Subscriptions that wait until a request to it ends; the first has waited longest. */
  readonly waiting: Set<string>;
}

/** The subscriptions of the shards that are held. */
export interface PushTargets {
  get(subscriptionId: string): PushTarget | undefined;
  ids(): Iterable<string>;
  /** Takes a subscription in, anew if it was changed; one that gets nothing any more goes. */
  put(view: SubscriptionView): void;
  remove(subscriptionId: string): void;
}

interface Parts {
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: () => number;
}

export function makePushTargets({ userAgent, clock, random }: Parts): PushTargets {
  const targets = new Map<string, PushTarget>();
  const endpoints = new Map<string, Endpoint & { users: number }>();

  function endpointOf(url: string): Endpoint {
    const known = endpoints.get(url) ?? {
      pace: paceEndpoint(url, clock.monotonic(), random),
      waiting: new Set(),
      users: 0,
    };
    known.users += 1;
    endpoints.set(url, known);
    return known;
  }

  function remove(id: string): void {
    const target = targets.get(id);
    if (target === undefined) return;
    targets.delete(id);
    const endpoint = endpoints.get(target.webhook.url);
    if (endpoint === undefined) return;
    endpoint.users -= 1;
    endpoint.waiting.delete(id);
    if (endpoint.users === 0) endpoints.delete(target.webhook.url);
  }

  function put({ subscription, webhook, scheduleSeconds }: SubscriptionView): void {
    const { id, endpointShard, version } = subscription;
    const known = targets.get(id);
    // Reads may overtake each other.
    if (known !== undefined && known.subscription.version >= version) return;
    if (webhook === null || endpointShard === null || stateAt(subscription, clock.now()) !== "active") {
      remove(id);
      return;
    }
    const { ratePerSecond, maxInFlight, url, format, headers } = webhook;
    // Before the old one goes: an endpoint that both use keeps what is known of it.
    const endpoint = endpointOf(url);
    const limits = { ratePerSecond, maxInFlight };
    const pace = known?.pace ?? paceSubscription(clock.monotonic(), limits);
    pace.change(clock.monotonic(), limits);
    remove(id);
    targets.set(id, {
      ...{ subscription, webhook, pace, endpoint, shard: endpointShard, target: targetOf(url) },
      scheduleSeconds: scheduleSeconds ?? DEFAULT_SCHEDULE_SECONDS,
      fixed: fixedHeaders({ userAgent, contentType: CONTENT_TYPES[format], custom: headers }),
    });
  }

  return {
    get: (id) => targets.get(id),
    ids: () => targets.keys(),
    put,
    remove,
  };
}
