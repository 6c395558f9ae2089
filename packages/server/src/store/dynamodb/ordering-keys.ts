import { IS_ABSENT } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { type KeyedItem, numberOf } from "./item.ts";
import { keyPlanSort, orderingKey, ttlOf } from "./keys.ts";
import { lastOf, readItem, readSome } from "./read-items.ts";
import type { Write } from "./write-items.ts";

/** The counter of an ordering key. */
export interface OrderingKey {
  readonly projectId: string;
  readonly key: string;
  /** The last position given; 0: there is no row. */
  readonly position: number;
  readonly usedAt: number;
  /** Events of it with an unexpanded plan. */
  readonly plans: number;
  readonly ttl: number;
}

export async function readOrderingKey(dynamo: Dynamo, projectId: string, key: string): Promise<OrderingKey> {
  const item = await readItem(dynamo, "events", orderingKey(projectId, key));
  const number = (name: string) => (item === null ? 0 : (numberOf(item, name) ?? 0));
  return {
    projectId,
    key,
    position: number("n"),
    usedAt: number("ua"),
    plans: number("np"),
    ttl: number("ttl"),
  };
}

export function orderingKeyItem({ projectId, key, position, usedAt, plans, ttl }: OrderingKey): KeyedItem {
  return { ...orderingKey(projectId, key), n: position, ua: usedAt, np: plans, ttl };
}

/** What a counter is used for: positions are taken, plans begin or end. */
export interface KeyUse {
  readonly at: number;
  readonly takes: number;
  readonly plans: number;
  /** The key is needed so long at least. */
  readonly until: number;
}

/** The write that uses a counter as it was read. Everything that relies on a position is committed with it. */
export function keyWrite(known: OrderingKey, use: KeyUse): Write {
  const { position, plans } = known;
  const put = orderingKeyItem({
    ...known,
    position: position + use.takes,
    usedAt: Math.max(known.usedAt, use.at),
    plans: Math.max(0, plans + use.plans),
    ttl: Math.max(known.ttl, ttlOf(use.until)),
  });
  const condition =
    position === 0 ? IS_ABSENT : { expression: "n = :n AND np = :p", values: { n: position, p: plans } };
  return { table: "events", put, condition };
}

/** The event whose plan stands first in the line of a key. */
export async function firstPlanOf(dynamo: Dynamo, projectId: string, key: string): Promise<string | null> {
  const { pk } = orderingKey(projectId, key);
  const [first] = await readSome(dynamo, { table: "events", hash: pk, from: "p#", to: lastOf("p#") }, 1);
  return typeof first?.e === "string" ? first.e : null;
}

/** Puts an event's plan into the line of its key. */
export function keyPlanPut(
  known: OrderingKey,
  plan: { readonly eventId: string; readonly position: number; readonly until: number },
): Write {
  const { pk } = orderingKey(known.projectId, known.key);
  const put = { pk, sk: keyPlanSort(plan.position), e: plan.eventId, ttl: ttlOf(plan.until) };
  return { table: "events", put, condition: null };
}

export function keyPlanRemove(known: OrderingKey, position: number): Write {
  const { pk } = orderingKey(known.projectId, known.key);
  return { table: "events", remove: { pk, sk: keyPlanSort(position) }, condition: null };
}
