import type { StoredEvent } from "../../domain/event.ts";
import { timeOfId, uuidBytes, uuidText } from "../../domain/ids.ts";
import { PRIORITIES, rankOf } from "../../domain/priority.ts";
import type { EventRecord, PlannedDelivery, RecordOutcome } from "../event-store.ts";
import { sealInPlace } from "../seal-order.ts";
import { raiseNumbers } from "./feed-numbers.ts";
import type { Database } from "./open-database.ts";
import { isKeyPlanned, takePosition } from "./ordering-keys.ts";
import { insertPlan } from "./plans.ts";
import { insertDelivery } from "./queue.ts";
import { causeBytes, PLAIN_CONTENT_TYPE } from "./rows.ts";
import { sql } from "./sql.ts";

/** The caller's transaction makes all of it durable at once. */
export function recordEvents(db: Database, records: readonly EventRecord[]): readonly RecordOutcome[] {
  return records.map((record) => recordEvent(db, record));
}

/** A record on its way into the tables of a project. */
interface Recording {
  readonly project: number;
  readonly record: EventRecord;
  /** Id of the event. */
  readonly event: Uint8Array;
  /** When the event was accepted. */
  readonly at: number;
}

function recordEvent(db: Database, record: EventRecord): RecordOutcome {
  const project = db.projectNumber(record.event.projectId);
  if (project === null) return { outcome: "no_project" };
  const { id, sealed } = record.event;
  const recording = { project, record, event: uuidBytes(id), at: timeOfId(id) };
  const earlier = claimKey(db, recording);
  if (earlier !== null) return earlier;
  if (record.sealOrder !== null) sealInPlace(sealed, record.sealOrder);
  const { position, isPlanned, n } = insertEvent(db, recording);
  if (isPlanned) insertPlan(db, { ...recording, n });
  else for (const entry of record.plan) insertLive(db, recording, { entry, position });
  return { outcome: "created", isPlanned };
}

const READ_KEY = sql<readonly [fingerprint: string, event: Uint8Array, expiresAt: number]>(
  "SELECT fingerprint, event, expires_at FROM idempotency WHERE project = ? AND kind = ? AND key_index = ?",
);
const WRITE_KEY = sql(`INSERT INTO idempotency (project, kind, key_index, fingerprint, event, expires_at)
  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (project, kind, key_index)
  DO UPDATE SET fingerprint = excluded.fingerprint, event = excluded.event, expires_at = excluded.expires_at`);

/** The answer of an earlier record with the same idempotency key, or null if the key is this one's now. */
function claimKey(db: Database, { project, record, event, at }: Recording): RecordOutcome | null {
  if (record.idempotency === null) return null;
  const { kind, keyIndex, fingerprint, expiresAt } = record.idempotency;
  const known = db.get(READ_KEY, project, kind, keyIndex);
  if (known !== undefined && known[2] > at)
    return known[0] === fingerprint
      ? { outcome: "replayed", eventId: uuidText(known[1]) }
      : { outcome: "key_reused" };
  db.run(WRITE_KEY, project, kind, keyIndex, fingerprint, event, expiresAt);
  return null;
}

const INSERT_EVENT =
  sql(`INSERT INTO events (project, id, type, source, tags, priority, occurred_at, content_type,
  subject_index, ordering_key_index, position, latest_at, bytes, is_planned, expires_at, sealed)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);

interface Inserted {
  readonly n: number;
  readonly position: number | null;
  readonly isPlanned: boolean;
}

function insertEvent(db: Database, { project, record, event, at }: Recording): Inserted {
  // Nothing was stored since the file was opened, or what was is undone.
  if (db.latestAt.size === 0) raiseNumbers(db, at);
  const { orderingKeyIndex } = record.event;
  const isPlanned =
    record.isWide || (orderingKeyIndex !== null && isKeyPlanned(db, project, orderingKeyIndex));
  const position =
    orderingKeyIndex === null ? null : takePosition(db, { project, key: orderingKeyIndex, at });
  const stored = isPlanned === record.event.isPlanned ? record.event : { ...record.event, isPlanned };
  return { n: insertEventRow(db, { project, stored, event, at, position }), position, isPlanned };
}

/** An event on its way into its table, at the end of the feed. */
export interface EventRow extends Pick<Recording, "project" | "event" | "at"> {
  readonly stored: StoredEvent;
  readonly position: number | null;
}

/** Gives its place in the feed. */
export function insertEventRow(db: Database, { project, stored, event, at, position }: EventRow): number {
  const { tags, contentType } = stored;
  return db.insert(
    INSERT_EVENT,
    project,
    event,
    stored.type,
    stored.source,
    tags.length === 0 ? null : JSON.stringify(tags),
    PRIORITIES.indexOf(stored.priority),
    stored.occurredAt,
    contentType === PLAIN_CONTENT_TYPE ? null : contentType,
    stored.subjectIndex,
    stored.orderingKeyIndex,
    position,
    latestAt(db, project, at),
    stored.bytes,
    stored.isPlanned ? 1 : 0,
    stored.expiresAt,
    stored.sealed,
  );
}

const READ_LATEST = sql<readonly [latestAt: number | null, id: Uint8Array]>(
  "SELECT latest_at, id FROM events WHERE project = ? ORDER BY n DESC LIMIT 1",
);

/** The latest time of acceptance before this event in the feed, or null if its own is later. Commits may stand in another order than their ids. */
function latestAt(db: Database, project: number, at: number): number | null {
  const latest = db.latestAt.get(project) ?? readLatest(db, project);
  db.latestAt.set(project, Math.max(latest, at));
  return latest > at ? latest : null;
}

function readLatest(db: Database, project: number): number {
  const last = db.get(READ_LATEST, project);
  return last === undefined ? 0 : (last[0] ?? timeOfId(uuidText(last[1])));
}

const LIVE = causeBytes("live");

interface Entry {
  readonly entry: PlannedDelivery;
  readonly position: number | null;
}

function insertLive(
  db: Database,
  { project, record, event, at }: Recording,
  { entry, position }: Entry,
): void {
  const { priority, bytes, expiresAt, orderingKeyIndex } = record.event;
  const key = { project, event, subscription: uuidBytes(entry.subscriptionId), cause: LIVE };
  insertDelivery(db, key, {
    rank: rankOf(priority, false),
    dueAt: record.dueAt,
    bytes,
    createdAt: at,
    expiresAt,
    lane: placeIn(entry, orderingKeyIndex, position),
  });
}

/** The place of a delivery of an event with this key and position in the lane of a subscription; null if it is in no lane. */
export function placeIn(
  { ordered, parks }: Pick<PlannedDelivery, "ordered" | "parks">,
  key: string | null,
  position: number | null,
): { readonly key: string; readonly position: number; readonly parks: boolean } | null {
  return ordered && key !== null && position !== null ? { key, position, parks } : null;
}
