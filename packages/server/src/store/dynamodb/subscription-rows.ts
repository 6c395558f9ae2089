import { matchesEvents, SUBSCRIPTION_STATES, type Subscription, stateAt } from "../../domain/subscription.ts";
import type { Dynamo } from "./dynamo.ts";
import { bytesOf, type KeyedItem, keyName, numberOf, textOf, textsOf } from "./item.ts";
import { padTime, projectKey, subscriptionKey } from "./keys.ts";
import { readItem, readItems } from "./read-items.ts";

/** A subscription with the number of shards of its queue. */
export interface SubscriptionRow {
  readonly subscription: Subscription;
  readonly queues: number;
}

export function subscriptionItem({ subscription, queues }: SubscriptionRow): KeyedItem {
  const one = subscription;
  return {
    ...subscriptionKey(one.projectId, one.id),
    nm: one.name,
    ch: one.channel,
    mt: one.matches,
    od: one.ordered ? 1 : null,
    on: one.onDead,
    mx: one.maxAttempts,
    lb: one.labels.length === 0 ? null : one.labels,
    st: SUBSCRIPTION_STATES.indexOf(one.state),
    sr: one.stateReason,
    idn: one.identity,
    es: one.endpointShard,
    b: one.sealed,
    ef: one.effectiveAt,
    cu: one.catchUpTo,
    fs: one.failingSince,
    x: one.expiresAt,
    ca: one.createdAt,
    ua: one.updatedAt,
    v: one.version,
    qn: queues === 1 ? null : queues,
    ...workOf(one),
  };
}

/** Live webhooks by the shard of their endpoint; what has ended or was deleted by the time of its last change. */
function workOf({ projectId, id, state, endpointShard, updatedAt }: Subscription) {
  if (!matchesEvents(state)) return { w: OVER_HASH, ws: `${padTime(updatedAt)}#${projectId}#${id}` };
  return endpointShard === null ? {} : { w: hooksHash(endpointShard), ws: `${projectId}#${id}` };
}

export const OVER_HASH = "over";
/** Live subscriptions that have an end. */
export const ENDS_HASH = "ends";

export function hooksHash(shard: number): string {
  return `hooks#${shard}`;
}

export function subscriptionRow(item: KeyedItem): SubscriptionRow {
  return {
    queues: numberOf(item, "qn") ?? 1,
    subscription: {
      projectId: item.pk.slice(2),
      id: item.sk.slice(2),
      name: textOf(item, "nm"),
      channel: textOf(item, "ch") === "webhook" ? "webhook" : "inbox",
      matches: textOf(item, "mt") as Subscription["matches"],
      ordered: item.od === 1,
      onDead: textOf(item, "on") === "skip" ? "skip" : "park",
      maxAttempts: numberOf(item, "mx") ?? 0,
      labels: textsOf(item, "lb"),
      state: SUBSCRIPTION_STATES[numberOf(item, "st") ?? 0] ?? "active",
      stateReason: textOf(item, "sr"),
      identity: textOf(item, "idn") ?? "",
      endpointShard: numberOf(item, "es"),
      sealed: bytesOf(item, "b") ?? new Uint8Array(),
      effectiveAt: numberOf(item, "ef") ?? 0,
      catchUpTo: numberOf(item, "cu"),
      failingSince: numberOf(item, "fs"),
      expiresAt: numberOf(item, "x"),
      createdAt: numberOf(item, "ca") ?? 0,
      updatedAt: numberOf(item, "ua") ?? 0,
      version: numberOf(item, "v") ?? 0,
    },
  };
}

/** A subscription of an open project, read strongly; also an ended or deleted one. */
export async function findSubscription(
  dynamo: Dynamo,
  projectId: string,
  id: string,
): Promise<SubscriptionRow | null> {
  const [place, item] = await Promise.all([
    dynamo.places.find(projectId),
    readItem(dynamo, "control", subscriptionKey(projectId, id)),
  ]);
  if (place === null || item === null) return null;
  const row = subscriptionRow(item);
  dynamo.queueShards.note(projectId, id, row.queues);
  return row;
}

/** Which of these subscriptions of a project still take deliveries, read strongly. */
export async function takingDeliveries(
  dynamo: Dynamo,
  projectId: string,
  { ids, now }: { readonly ids: readonly string[]; readonly now: number },
): Promise<ReadonlySet<string>> {
  const keys = ids.map((id) => subscriptionKey(projectId, id));
  const items = await readItems(dynamo, "control", { keys: [...keys, projectKey(projectId)] });
  const isClosed = items.get(keyName(projectKey(projectId)))?.da !== undefined;
  const taking = new Set<string>();
  for (const item of items.values()) {
    if (isClosed || !item.sk.startsWith("s#")) continue;
    const { subscription } = subscriptionRow(item);
    if (matchesEvents(stateAt(subscription, now))) taking.add(subscription.id);
  }
  return taking;
}
