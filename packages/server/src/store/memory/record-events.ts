import type { StoredEvent } from "../../domain/event.ts";
import { timeOfId } from "../../domain/ids.ts";
import type { EventRecord, PlannedDelivery, RecordOutcome } from "../event-store.ts";
import { insertDelivery, takePosition } from "./rows.ts";
import { type EventRow, ownBytes, type ProjectTable, type Tables } from "./tables.ts";

export function recordEvents(tables: Tables, records: readonly EventRecord[]): readonly RecordOutcome[] {
  return records.map((record) => recordEvent(tables, record));
}

function recordEvent(tables: Tables, record: EventRecord): RecordOutcome {
  const project = tables.projects.get(record.event.projectId);
  if (project === undefined) return { outcome: "no_project" };
  const at = timeOfId(record.event.id);
  const earlier = claimKey(project, record, at);
  if (earlier !== null) return earlier;
  const stored = insertEvent(project, record, at);
  if (stored.plan !== null)
    tables.plans.set(record.event.id, { projectId: record.event.projectId, eventId: record.event.id });
  else
    for (const entry of record.plan)
      insertDelivery(project, stored, { ...livePlace(stored, entry), dueAt: record.dueAt, createdAt: at });
  return { outcome: "created", isPlanned: stored.event.isPlanned };
}

function claimKey(project: ProjectTable, record: EventRecord, at: number): RecordOutcome | null {
  const { idempotency } = record;
  if (idempotency === null) return null;
  const name = `${idempotency.kind}:${idempotency.keyIndex}`;
  const known = project.idempotency.get(name);
  if (known !== undefined && known.expiresAt > at)
    return known.fingerprint === idempotency.fingerprint
      ? { outcome: "replayed", eventId: known.eventId }
      : { outcome: "key_reused" };
  project.idempotency.set(name, { ...idempotency, eventId: record.event.id });
  return null;
}

function insertEvent(project: ProjectTable, { event, ...record }: EventRecord, at: number): EventRow {
  if (project.events.has(event.id)) throw new Error("An event with this id is stored already");
  const key = event.orderingKeyIndex === null ? null : takePosition(project, event.orderingKeyIndex, at);
  const isPlanned = record.isWide || (key !== null && key.plans.size > 0);
  if (isPlanned) key?.plans.add(event.id);
  const stored: EventRow = {
    event: ownEvent({ ...event, isPlanned }),
    n: ++project.lastN,
    latestAt: Math.max(project.latestAt, at),
    position: key?.position ?? null,
    deliveries: new Map(),
    plan: isPlanned ? { dueAt: record.dueAt, entries: [...record.plan], next: 0 } : null,
  };
  project.latestAt = stored.latestAt;
  project.events.set(event.id, stored);
  project.eventsById.insert(stored);
  project.feed.insert(stored);
  return stored;
}

/** The place of a live delivery of this event: its lane position is the event's own. */
export function livePlace(stored: EventRow, { subscriptionId, ordered, parks }: PlannedDelivery) {
  const key = stored.event.orderingKeyIndex;
  const isInLane = ordered && key !== null && stored.position !== null;
  const lane = isInLane ? { key, position: stored.position, parks } : null;
  return { subscriptionId, cause: "live", lane } as const;
}

function ownEvent(event: StoredEvent): StoredEvent {
  return Object.freeze({
    ...event,
    tags: Object.freeze([...event.tags]),
    sealed: ownBytes(event.sealed),
  });
}
