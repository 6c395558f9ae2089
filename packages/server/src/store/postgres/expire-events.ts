import { isOpen } from "../../domain/delivery.ts";
import { firstIdAt, timeOfId } from "../../domain/ids.ts";
import type { ExpireOutcome, ExpireRequest } from "../event-store.ts";
import { holdProject } from "./create-subscriptions.ts";
import type { Database } from "./open-database.ts";
import { uuids } from "./pack-arrays.ts";
import { command, lockRows } from "./queue.ts";
import { lockWholeEvents, removeEvents } from "./remove-events.ts";
import { causeOf, idValue, LOWEST_ID, stateNumber } from "./rows.ts";
import type { Session, Transaction } from "./session.ts";
import { fewRows, PROJECT, sql } from "./sql.ts";

type Expired = ExpireOutcome["expired"][number];

/** A step takes no more events once they have so many deliveries: others who want to change one of these wait for it. */
const MOST_DELIVERIES = 5_000;

interface Found {
  readonly id: string;
  readonly deliveries: number;
}

export async function expireEvents(db: Database, request: ExpireRequest): Promise<ExpireOutcome> {
  const found = await eventsToLookAt(db, request);
  const chosen = fitting(found);
  const { removed, expired } = await db.sweep((tx) => expireAll(tx, request, chosen));
  const isDone = found.length < request.limit && chosen.length === found.length;
  return { removed, expired, nextId: isDone ? null : (chosen.at(-1) ?? null) };
}

const READ = sql<
  readonly [id: string, deliveries: number]
>(`SELECT e.id, (SELECT count(*) FROM deliveries AS d
    WHERE d.project = e.project AND d.event = e.id)
  FROM events AS e WHERE e.project = ${PROJECT} AND e.id > $2 AND e.id < $3 ORDER BY e.id LIMIT $4`);

async function eventsToLookAt(db: Session, request: ExpireRequest): Promise<Found[]> {
  const { projectId, settledBefore, backlogBefore, goneBefore, afterId, limit } = request;
  const before = firstIdAt(Math.max(settledBefore, backlogBefore, goneBefore));
  const tuples = await db.all(READ, projectId, idValue(afterId ?? LOWEST_ID), before, limit);
  return tuples.map(([id, deliveries]) => ({ id, deliveries }));
}

/** The first of them that one step can take. */
function fitting(found: readonly Found[]): string[] {
  const ids: string[] = [];
  let sum = 0;
  for (const { id, deliveries } of found) {
    sum += deliveries;
    if (ids.length > 0 && sum > MOST_DELIVERIES) break;
    ids.push(id);
  }
  return ids;
}

async function expireAll(tx: Transaction, request: ExpireRequest, chosen: readonly string[]) {
  const { projectId, backlogBefore } = request;
  if (chosen.length === 0) return { removed: 0, expired: [] };
  // Sent together. Whoever changes subscriptions, and may then lock deliveries, holds the project too. Also events past their last date are locked: nobody sees them any
  // more, but they are there.
  const [, ids] = await Promise.all([
    holdProject(tx, projectId),
    lockWholeEvents(tx, projectId, { ids: chosen, now: 0 }),
  ]);
  const over = await thoseOver(tx, request, ids);
  const late = ids.filter((id) => !over.includes(id) && timeOfId(id) < backlogBefore);
  const expired = await giveUp(tx, request, late);
  if (over.length > 0) tx.send(RAISE_EXPIRED, projectId, uuids(over));
  await removeEvents(tx, projectId, over);
  return { removed: over.length, expired };
}

const READ_SETTLED = sql<readonly [id: string]>(`SELECT wanted.id FROM ${fewRows("$2::uuid[]", "wanted (id)")}
  WHERE NOT EXISTS (SELECT FROM plans AS p WHERE p.project = ${PROJECT} AND p.event = wanted.id)
  AND NOT EXISTS (SELECT FROM deliveries AS d WHERE d.project = ${PROJECT} AND d.event = wanted.id
    AND d.state IN (${stateNumber("pending")}, ${stateNumber("leased")}, ${stateNumber("dead")}))`);

/** Of locked events those to be removed. */
async function thoseOver(
  tx: Transaction,
  { projectId, settledBefore, goneBefore }: ExpireRequest,
  ids: readonly string[],
): Promise<readonly string[]> {
  const settled = new Set((await tx.all(READ_SETTLED, projectId, uuids(ids))).map(([id]) => id));
  return ids.filter((id) => {
    const at = timeOfId(id);
    return at < goneBefore || (at < settledBefore && settled.has(id));
  });
}

/**
 * The highest place in the feed that is removed now, if it is above all before. First the events are found by their ids: to walk the feed from its end to the first of
 * them, which looks cheap, is to walk nearly all of it, since the oldest go.
 */
const RAISE_EXPIRED = sql(`WITH removed AS MATERIALIZED (SELECT e.epoch, e.xid, e.n FROM events AS e
    WHERE e.project = ${PROJECT} AND e.id = ANY ($2::uuid[]))
  UPDATE projects AS p SET (expired_epoch, expired_xid, expired_n) = (last.epoch, last.xid, last.n)
  FROM (SELECT * FROM removed ORDER BY epoch DESC, xid DESC, n DESC LIMIT 1) AS last
  WHERE p.id = $1 AND (p.expired_epoch, p.expired_xid, p.expired_n) < (last.epoch, last.xid, last.n)`);

const READ_OPEN = sql<
  readonly [event: string, subscription: string, cause: string]
>(`SELECT d.event, d.subscription, d.cause FROM deliveries_open AS d
  WHERE d.project = ${PROJECT} AND d.event = ANY ($2::uuid[]) AND d.shelf IS NOT NULL`);

async function giveUp(
  tx: Transaction,
  { projectId, now }: ExpireRequest,
  ids: readonly string[],
): Promise<Expired[]> {
  if (ids.length === 0) return [];
  const keys = (await tx.all(READ_OPEN, projectId, uuids(ids))).map(([eventId, subscriptionId, cause]) => {
    return { eventId, subscriptionId, cause: causeOf(cause) };
  });
  const rows = (await lockRows(tx, projectId, keys)).filter(({ delivery }) => isOpen(delivery.state));
  const wanted = { kind: "give_up", reason: "expired" } as const;
  const orders = rows.map((row) => ({ row, wanted }));
  command(tx, projectId, { orders, now });
  return rows.map(({ delivery: { subscriptionId, eventId } }) => ({ subscriptionId, eventId }));
}
