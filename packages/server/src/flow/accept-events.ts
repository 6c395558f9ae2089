import { TriggersError } from "../domain/errors.ts";
import type { StoredEvent } from "../domain/event.ts";
import type { IdSource } from "../domain/ids.ts";
import { timeOfId } from "../domain/ids.ts";
import { sortKeys } from "../domain/sort-keys.ts";
import type { OrderedSeal, ProjectSeal } from "../seal/project-seal.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { IdempotencyRow, RecordOutcome } from "../store/event-store.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { packContent } from "./event-content.ts";
import { viewForFilters } from "./filterable-view.ts";
import type { GroupCommit, UnplannedRecord } from "./group-commit.ts";
import type { AcceptOutcome, NewEvent } from "./new-event.ts";
import type { NoteTypes } from "./note-event-types.ts";
import { requireSeal } from "./require-seal.ts";

/** How long things are kept, in ms. */
export interface KeepTimes {
  readonly retentionMs: number;
  readonly backlogMs: number;
  readonly idempotencyMs: number;
}

/** After the backlog's end, expired deliveries and their event stay so much longer. */
export const AFTER_BACKLOG_MS = 7 * 86_400_000;

/** Names, times and punctuation of an event's answer. */
const ENVELOPE_BYTES = 300;

interface Parts {
  readonly store: Pick<Store, "sealsEvents">;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly nextId: IdSource;
  readonly groupCommit: GroupCommit;
  readonly noteTypes: NoteTypes;
  readonly keep: KeepTimes;
}

/** Seals events and commits them; see `Flow.acceptEvents`. */
export function makeAcceptEvents(parts: Parts) {
  return async (projectId: string, events: readonly NewEvent[]): Promise<readonly AcceptOutcome[]> => {
    const seal = parts.sealer.cachedSeal(projectId) ?? (await requireSeal(parts.sealer, projectId));
    const records = events.map((event) => prepareRecord(parts, seal, { projectId, event }));
    const [first] = records;
    if (first !== undefined && records.length === 1) {
      return [answerFor(first, await parts.groupCommit.commit(first, true))];
    }
    const outcomes = await Promise.all(
      records.map((record, index) => parts.groupCommit.commit(record, index === 0)),
    );
    return records.flatMap((record, index) => {
      const outcome = outcomes[index];
      return outcome === undefined ? [] : [answerFor(record, outcome)];
    });
  };
}

function prepareRecord(
  { store, clock, nextId, keep, noteTypes }: Parts,
  seal: ProjectSeal,
  { projectId, event }: { readonly projectId: string; readonly event: NewEvent },
): UnplannedRecord {
  const { id, at } = nextId(clock.now());
  if (event.type !== null) noteTypes.note(projectId, event.type, at);
  const { value, order } = sealContent(seal, id, { event, byStore: store.sealsEvents });
  const stored: StoredEvent = {
    projectId,
    id,
    type: event.type,
    source: event.source,
    tags: event.tags,
    priority: event.priority,
    occurredAt: event.occurredAt,
    contentType: event.contentType,
    subjectIndex: event.subject === null ? null : seal.blindIndex("subject", event.subject),
    orderingKeyIndex: event.orderingKey === null ? null : seal.blindIndex("ordering_key", event.orderingKey),
    sealed: value,
    bytes: bytesOf(event),
    isPlanned: false,
    expiresAt: at + Math.max(keep.retentionMs, keep.backlogMs + AFTER_BACKLOG_MS),
  };
  return {
    event: stored,
    sealOrder: order,
    dueAt: Math.max(at, event.deliverAt ?? at),
    idempotency: idempotencyRow(seal, event, at + keep.idempotencyMs),
    filterable: viewForFilters(event),
    content: event,
  };
}

function sealContent(
  seal: ProjectSeal,
  id: string,
  { event, byStore }: { readonly event: NewEvent; readonly byStore: boolean },
): OrderedSeal {
  const content = packContent(event);
  return byStore ? seal.order(id, "event", content) : { value: seal.seal(id, "event", content), order: null };
}

/** At least the size of the event as it is answered: a character takes at most 3 bytes, or 6 when it is escaped. */
function bytesOf({
  payload,
  metadata,
  type,
  source,
  subject,
  orderingKey,
  tags,
  extensions,
}: NewEvent): number {
  const escaped =
    (source?.length ?? 0) + (subject?.length ?? 0) + (orderingKey?.length ?? 0) + tags.join('","').length;
  const exact =
    payload.byteLength +
    Buffer.byteLength(metadata) +
    (type?.length ?? 0) +
    Buffer.byteLength(extensions ?? "");
  return exact + 6 * escaped + ENVELOPE_BYTES;
}

function idempotencyRow(seal: ProjectSeal, event: NewEvent, expiresAt: number): IdempotencyRow | null {
  if (event.idempotency === null) return null;
  const { kind, key } = event.idempotency;
  const indexKind = kind === "key" ? "idempotency_key" : "cloudevent_id";
  return {
    kind,
    keyIndex: seal.blindIndex(indexKind, key),
    fingerprint: seal.fingerprint([normalise(event), event.payload]),
    expiresAt,
  };
}

/** The envelope in one form, whichever way it came in; the trace is no part of it. */
function normalise(event: NewEvent): string {
  const { tags: _tags, priority: _priority, ...rest } = JSON.parse(event.metadata) as Record<string, unknown>;
  const {
    type,
    source,
    subject,
    occurredAt,
    orderingKey,
    tags,
    priority,
    extensions,
    deliverAt,
    contentType,
  } = event;
  const fields = [type, source, subject, occurredAt, orderingKey, tags, priority, deliverAt, contentType];
  return JSON.stringify([
    ...fields,
    sortKeys(rest),
    sortKeys(extensions === null ? null : JSON.parse(extensions)),
  ]);
}

function answerFor(record: UnplannedRecord, outcome: RecordOutcome): AcceptOutcome {
  switch (outcome.outcome) {
    case "created":
      return { outcome: "created", eventId: record.event.id, timestamp: timeOfId(record.event.id) };
    case "replayed":
      return { outcome: "replayed", eventId: outcome.eventId, timestamp: timeOfId(outcome.eventId) };
    case "key_reused":
      return { outcome: "key_reused" };
    case "no_project":
      throw new TriggersError("unauthenticated", "The project of this credential is gone.");
  }
}
