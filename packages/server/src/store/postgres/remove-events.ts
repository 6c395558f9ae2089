import { keysOfEvents } from "./event-heads.ts";
import { lockKeys, showHeads } from "./lanes.ts";
import { uuids } from "./pack-arrays.ts";
import type { Transaction } from "./session.ts";
import { PROJECT, sql } from "./sql.ts";

const OF_EVENTS = `project = ${PROJECT} AND event = ANY ($2::uuid[])`;
const LOCK_PLANS = sql(`SELECT FROM plans WHERE ${OF_EVENTS} ORDER BY event FOR UPDATE`);
const LOCK_EVENTS = sql<readonly [id: string]>(`SELECT e.id FROM events AS e
  WHERE e.project = ${PROJECT} AND e.id = ANY ($2::uuid[]) AND e.expires_at > $3 ORDER BY e.id FOR UPDATE`);

/**
 * Locks events, and before them the ordering keys and plans they have; gives those that are there and not past their last date at `now`. Nobody else adds deliveries
 * to them, or removes them, until the commit.
 */
export async function lockWholeEvents(
  tx: Transaction,
  projectId: string,
  { ids, now }: { readonly ids: readonly string[]; readonly now: number },
): Promise<readonly string[]> {
  await lockKeys(tx, projectId, await keysOfEvents(tx, projectId, ids));
  const events = uuids(ids);
  tx.send(LOCK_PLANS, projectId, events);
  return (await tx.all(LOCK_EVENTS, projectId, events, now)).map(([id]) => id);
}

const READ_LANES = sql<readonly [subscriptionId: string, key: string]>(`SELECT DISTINCT subscription, lane_key
  FROM deliveries WHERE ${OF_EVENTS} AND lane_key IS NOT NULL`);
const DELETE_PLANS = sql(`DELETE FROM plans WHERE ${OF_EVENTS}`);
const DELETE_DELIVERIES = sql(`DELETE FROM deliveries WHERE ${OF_EVENTS}`);
const DELETE_ATTEMPTS = sql(`DELETE FROM attempts WHERE ${OF_EVENTS}`);
const DELETE_EVENTS = sql(`DELETE FROM events WHERE project = ${PROJECT} AND id = ANY ($2::uuid[])`);

/** Removes locked events with their deliveries, their attempts and lane places, and their plans, so that no delivery is ever without its event. */
export async function removeEvents(
  tx: Transaction,
  projectId: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const events = uuids(ids);
  const lanes = await tx.all(READ_LANES, projectId, events);
  for (const statement of [DELETE_PLANS, DELETE_EVENTS, DELETE_DELIVERIES, DELETE_ATTEMPTS])
    tx.send(statement, projectId, events);
  showHeads(
    tx,
    projectId,
    lanes.map(([subscriptionId, key]) => ({ subscriptionId, key })),
  );
}
