import type { StoredEvent } from "../../domain/event.ts";
import { uuidBytes } from "../../domain/ids.ts";
import type { EventListRequest, EventStore, EventTypeRow } from "../event-store.ts";
import type { Database } from "./open-database.ts";
import { forgetOrderingKeys } from "./ordering-keys.ts";
import { EVENT_COLUMNS, type EventTuple, eventOf, idBytes } from "./rows.ts";
import { operatorSql, sql } from "./sql.ts";

const READ = sql<EventTuple>(
  `SELECT ${EVENT_COLUMNS} FROM events WHERE project = ? AND id = ? AND expires_at > ?`,
);

export function readEvents(
  db: Database,
  ...[projectId, ids, now]: Parameters<EventStore["readEvents"]>
): StoredEvent[] {
  const project = db.projectNumber(projectId);
  if (project === null) return [];
  const events: StoredEvent[] = [];
  for (const id of ids) {
    const tuple = db.get(READ, project, idBytes(id), now);
    if (tuple !== undefined) events.push(eventOf(projectId, tuple));
  }
  return events;
}

const LIST = sql<EventTuple>(`SELECT ${EVENT_COLUMNS} FROM events INDEXED BY events_id
  WHERE project = ? AND id < ? AND id >= ? AND expires_at > ? ORDER BY id DESC LIMIT ? + 0`);
const LIST_OF_SUBJECT = sql<EventTuple>(`SELECT ${EVENT_COLUMNS} FROM events INDEXED BY events_subject
  WHERE project = ? AND id < ? AND id >= ? AND expires_at > ? AND subject_index = ? ORDER BY id DESC LIMIT ? + 0`);

const LOWEST = new Uint8Array(0);
const ABOVE_ALL = new Uint8Array(17).fill(0xff);

export function listEvents(db: Database, request: EventListRequest): StoredEvent[] {
  const { projectId, beforeId, fromId, subjectIndex, limit, now } = request;
  const project = db.projectNumber(projectId);
  if (project === null) return [];
  const before = beforeId === null ? ABOVE_ALL : uuidBytes(beforeId);
  const from = fromId === null ? LOWEST : uuidBytes(fromId);
  const tuples =
    subjectIndex === null
      ? db.all(LIST, project, before, from, now, limit)
      : db.all(LIST_OF_SUBJECT, project, before, from, now, subjectIndex, limit);
  return tuples.map((tuple) => eventOf(projectId, tuple));
}

const FORGET_KEYS = operatorSql(`DELETE FROM idempotency WHERE (project, kind, key_index) IN
  (SELECT project, kind, key_index FROM idempotency WHERE expires_at <= ? LIMIT ? + 0)`);

export function expireKeys(
  db: Database,
  { now, keysUnusedSince, limit }: Parameters<EventStore["expireKeys"]>[0],
): number {
  return db.run(FORGET_KEYS, now, limit) + forgetOrderingKeys(db, keysUnusedSince, limit);
}

const TOUCH_TYPE = sql(`INSERT INTO event_types (project, type, last_seen_at) VALUES (?, ?, ?)
  ON CONFLICT (project, type) DO UPDATE SET last_seen_at = max(last_seen_at, excluded.last_seen_at)`);

export function touchEventTypes(
  db: Database,
  ...[projectId, types]: Parameters<EventStore["touchEventTypes"]>
): void {
  const project = db.projectNumber(projectId);
  if (project === null) return;
  for (const { type, lastSeenAt } of types) db.run(TOUCH_TYPE, project, type, lastSeenAt);
}

const LIST_TYPES = sql<readonly [string, number]>(
  "SELECT type, last_seen_at FROM event_types WHERE project = ? ORDER BY type",
);

export function listEventTypes(db: Database, projectId: string): EventTypeRow[] {
  const project = db.projectNumber(projectId);
  if (project === null) return [];
  return db.all(LIST_TYPES, project).map(([type, lastSeenAt]) => ({ type, lastSeenAt }));
}
