import { matchesEvents, type Subscription } from "../../domain/subscription.ts";
import type { MatchSet, SubscriptionListRequest, SubscriptionStore } from "../subscription-store.ts";
import { changeSubscription } from "./change-subscription.ts";
import { makeCreateSubscription } from "./create-subscription.ts";
import type { Dynamo } from "./dynamo.ts";
import { type ItemKey, type KeyedItem, keyName, numberOf, textOf } from "./item.ts";
import { padTime, projectKey, subscriptionKey } from "./keys.ts";
import { mergeRows } from "./merge-rows.ts";
import { behind, lastOf, type Query, readItem, readItems, readRows } from "./read-items.ts";
import {
  ENDS_HASH,
  findSubscription,
  hooksHash,
  OVER_HASH,
  type SubscriptionRow,
  subscriptionRow,
} from "./subscription-rows.ts";
import { WORK_INDEX } from "./tables.ts";
import { removeItem } from "./write-items.ts";

export function makeSubscriptions(dynamo: Dynamo): SubscriptionStore {
  return {
    createSubscription: makeCreateSubscription(dynamo),
    readSubscription: async (projectId, id) =>
      (await findSubscription(dynamo, projectId, id))?.subscription ?? null,
    readSubscriptionByName: (projectId, name) => readSubscriptionByName(dynamo, projectId, name),
    listSubscriptions: (request) => listSubscriptions(dynamo, request),
    changeSubscription: (subscription) => changeSubscription(dynamo, subscription),
    readMatchSet: (projectId, knownVersion) => readMatchSet(dynamo, projectId, knownVersion),
    listByShards: (request) => listByShards(dynamo, request),
    listExpired: (now, limit) => listExpired(dynamo, now, limit),
    forgetSubscriptions: (changedBefore, limit) => forgetSubscriptions(dynamo, changedBefore, limit),
  };
}

async function readSubscriptionByName(
  dynamo: Dynamo,
  projectId: string,
  name: string,
): Promise<Subscription | null> {
  const { pk } = projectKey(projectId);
  const named = await readItem(dynamo, "control", { pk, sk: `n#${name}` });
  const id = named === null ? null : textOf(named, "id");
  return id === null ? null : ((await findSubscription(dynamo, projectId, id))?.subscription ?? null);
}

/** The subscriptions of a project by id, read strongly. */
async function* walkSubscriptions(
  dynamo: Dynamo,
  {
    projectId,
    afterId,
    limit,
  }: { readonly projectId: string; readonly afterId: string | null; readonly limit?: number },
): AsyncGenerator<SubscriptionRow, undefined> {
  if ((await dynamo.places.find(projectId)) === null) return;
  const { pk: hash } = projectKey(projectId);
  const query: Query = {
    ...{ table: "control", hash, to: lastOf("s#") },
    from: afterId === null ? "s#" : behind(`s#${afterId}`),
    ...(limit === undefined ? {} : { limit }),
  };
  for await (const item of readRows(dynamo, query)) {
    const row = subscriptionRow(item);
    dynamo.queueShards.note(projectId, row.subscription.id, row.queues);
    yield row;
  }
}

async function listSubscriptions(dynamo: Dynamo, request: SubscriptionListRequest): Promise<Subscription[]> {
  const { label, limit } = request;
  const found: Subscription[] = [];
  if (limit <= 0) return found;
  for await (const { subscription } of walkSubscriptions(dynamo, { ...request, limit: limit + 1 })) {
    const isWanted = label === null || subscription.labels.includes(label);
    if (isWanted && subscription.state !== "deleted") found.push(subscription);
    if (found.length >= limit) break;
  }
  return found;
}

/** The version is read first: what changes meanwhile is read again with the next version. */
async function readMatchSet(
  dynamo: Dynamo,
  projectId: string,
  knownVersion: number | null,
): Promise<MatchSet> {
  const project = await readItem(dynamo, "control", projectKey(projectId));
  const version = project === null ? 0 : (numberOf(project, "mv") ?? 0);
  if (version === knownVersion) return { version, subscriptions: null };
  const subscriptions: Subscription[] = [];
  for await (const { subscription } of walkSubscriptions(dynamo, { projectId, afterId: null }))
    if (matchesEvents(subscription.state)) subscriptions.push(subscription);
  return { version, subscriptions };
}

type ByShards = Parameters<SubscriptionStore["listByShards"]>[0];

async function listByShards(dynamo: Dynamo, { shards, after, limit }: ByShards): Promise<Subscription[]> {
  const from = after === null ? "0" : behind(`${after.projectId}#${after.id}`);
  const sources = shards.map((shard) =>
    readRows(dynamo, {
      ...{ table: "control", index: WORK_INDEX, from, to: lastOf("f") },
      hash: hooksHash(shard),
      limit,
    }),
  );
  return readListed(dynamo, {
    rows: mergeRows(sources, { by: "ws" }),
    limit,
    isWanted: ({ state }) => matchesEvents(state),
  });
}

interface Listing {
  /** Rows of an index whose `ws` ends in project and id. */
  readonly rows: AsyncGenerator<KeyedItem, undefined>;
  readonly limit: number;
  readonly isWanted: (subscription: Subscription) => boolean;
}

/** What an index lists, read strongly in the tables; of closed projects nothing. */
async function readListed(dynamo: Dynamo, { rows, limit, isWanted }: Listing): Promise<Subscription[]> {
  const found: Subscription[] = [];
  for (let isMore = true; isMore && found.length < limit; ) {
    const keys: ItemKey[] = [];
    while (keys.length < limit) {
      const { done, value } = await rows.next();
      if (done) {
        isMore = false;
        break;
      }
      const [projectId = "", id = ""] = (textOf(value, "ws") ?? "").split("#").slice(-2);
      if ((await dynamo.places.find(projectId)) !== null) keys.push(subscriptionKey(projectId, id));
    }
    const items = await readItems(dynamo, "control", { keys });
    for (const key of keys) {
      const item = items.get(keyName(key));
      if (item === undefined) continue;
      const { subscription } = subscriptionRow(item);
      if (isWanted(subscription)) found.push(subscription);
    }
  }
  return found.slice(0, limit);
}

async function listExpired(dynamo: Dynamo, now: number, limit: number): Promise<Subscription[]> {
  const query = { table: "control", index: WORK_INDEX, hash: ENDS_HASH, from: "0", limit } as const;
  const rows = readRows(dynamo, { ...query, to: lastOf(padTime(now)) });
  const isWanted = ({ state, expiresAt }: Subscription) =>
    matchesEvents(state) && expiresAt !== null && expiresAt <= now;
  return readListed(dynamo, { rows, limit, isWanted });
}

async function forgetSubscriptions(dynamo: Dynamo, changedBefore: number, limit: number): Promise<number> {
  const query = { table: "control", index: WORK_INDEX, hash: OVER_HASH, from: "0", limit } as const;
  let forgotten = 0;
  for await (const { pk, sk, ws } of readRows(dynamo, { ...query, to: lastOf(padTime(changedBefore - 1)) })) {
    if (forgotten >= limit) break;
    const condition = { expression: "ws = :ws", values: { ws } };
    const outcome = await removeItem(dynamo, "control", { key: { pk, sk }, condition });
    if (outcome.isDone) forgotten += 1;
  }
  return forgotten;
}
