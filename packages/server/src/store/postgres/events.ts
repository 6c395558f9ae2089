import type { StoredEvent } from "../../domain/event.ts";
import type { EventListRequest, EventStore, EventTypeRow } from "../event-store.ts";
import type { Database } from "./open-database.ts";
import { forgetOrderingKeys } from "./ordering-keys.ts";
import { uuids } from "./pack-arrays.ts";
import { EVENT_COLUMNS, type EventTuple, eventOf, HIGHEST_ID, idValue, LOWEST_ID } from "./rows.ts";
import type { Session } from "./session.ts";
import { operatorSql, PROJECT, sql } from "./sql.ts";

/** The order leaves the index of ids alone to choose. While the table is taken for empty, the one of the feed looks as good, with all that the project has. */
const READ =
  sql<EventTuple>(`SELECT ${EVENT_COLUMNS} FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, place)
  CROSS JOIN LATERAL (SELECT * FROM events AS e WHERE e.project = ${PROJECT} AND e.id >= wanted.id AND e.id <= wanted.id
    AND e.expires_at > $3 ORDER BY e.id LIMIT 1) AS e ORDER BY wanted.place`);

export async function readEvents(
  db: Session,
  ...[projectId, ids, now]: Parameters<EventStore["readEvents"]>
): Promise<StoredEvent[]> {
  const tuples = await db.all(READ, projectId, uuids(ids.map(idValue)), now);
  return tuples.map((tuple) => eventOf(projectId, tuple));
}

const LIST = sql<EventTuple>(`SELECT ${EVENT_COLUMNS} FROM events AS e
  WHERE e.project = ${PROJECT} AND e.id < $2 AND e.id >= $3 AND e.expires_at > $4 ORDER BY e.id DESC LIMIT $5`);
const LIST_OF_SUBJECT = sql<EventTuple>(`SELECT ${EVENT_COLUMNS} FROM events AS e
  WHERE e.project = ${PROJECT} AND e.id < $2 AND e.id >= $3 AND e.expires_at > $4 AND e.subject_index = $6
  ORDER BY e.id DESC LIMIT $5`);

export async function listEvents(db: Session, request: EventListRequest): Promise<StoredEvent[]> {
  const { projectId, beforeId, fromId, subjectIndex, limit, now } = request;
  const before = beforeId === null ? HIGHEST_ID : idValue(beforeId);
  const values = [projectId, before, idValue(fromId ?? LOWEST_ID), now, limit];
  const tuples =
    subjectIndex === null
      ? await db.all(LIST, ...values)
      : await db.all(LIST_OF_SUBJECT, ...values, subjectIndex);
  return tuples.map((tuple) => eventOf(projectId, tuple));
}

const FORGET_KEYS = operatorSql(`DELETE FROM idempotency WHERE (project, kind, key_index) IN
  (SELECT project, kind, key_index FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
    FOR UPDATE SKIP LOCKED)`);

export async function expireKeys(
  db: Database,
  { now, keysUnusedSince, limit }: Parameters<EventStore["expireKeys"]>[0],
): Promise<number> {
  const forgotten = await db.run(FORGET_KEYS, now, limit);
  return forgotten + (await db.sweep((tx) => forgetOrderingKeys(tx, keysUnusedSince, limit)));
}

/** Every node writes what it saw, so the rows are locked in one order. */
const TOUCH_TYPES = sql(`INSERT INTO event_types (project, type, last_seen_at)
  SELECT ${PROJECT}, seen.type, max(seen.at) FROM unnest($2::text[], $3::bigint[]) AS seen (type, at)
  WHERE EXISTS (SELECT 1 FROM projects WHERE id = $1 AND deleted_at IS NULL)
  GROUP BY seen.type ORDER BY seen.type COLLATE "C"
  ON CONFLICT (project, type) DO UPDATE SET last_seen_at = greatest(event_types.last_seen_at, excluded.last_seen_at)`);

export async function touchEventTypes(
  db: Session,
  ...[projectId, types]: Parameters<EventStore["touchEventTypes"]>
): Promise<void> {
  const names = types.map(({ type }) => type);
  await db.run(
    TOUCH_TYPES,
    projectId,
    names,
    types.map(({ lastSeenAt }) => lastSeenAt),
  );
}

const LIST_TYPES = sql<readonly [type: string, lastSeenAt: number]>(
  `SELECT type, last_seen_at FROM event_types WHERE project = ${PROJECT} ORDER BY type`,
);

export async function listEventTypes(db: Session, projectId: string): Promise<EventTypeRow[]> {
  const tuples = await db.all(LIST_TYPES, projectId);
  return tuples.map(([type, lastSeenAt]) => ({ type, lastSeenAt }));
}
