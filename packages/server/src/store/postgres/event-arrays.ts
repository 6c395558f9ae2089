import type { StoredEvent } from "../../domain/event.ts";
import { PRIORITIES } from "../../domain/priority.ts";
import { bigints, blobs, booleans, integers, smallints, texts, uuids } from "./pack-arrays.ts";
import { PLAIN_CONTENT_TYPE } from "./rows.ts";

/** An event on its way into its table. */
export interface NewEvent {
  readonly event: StoredEvent;
  /** In its ordering key. */
  readonly position: number | null;
  readonly isPlanned: boolean;
}

/** The columns that `eventArrays` fills; `n` counts the rows. */
export const EVENT_ARRAY_COLUMNS = `id, n, position, is_planned, type, source, tags, priority, occurred_at, content_type,
  subject_index, ordering_key_index, bytes, expires_at, sealed`;
/** Their places in a statement, from `$2` on. */
export const EVENT_ARRAY_TYPES = `$2::uuid[], $3::integer[], $4::bigint[], $5::boolean[], $6::text[], $7::text[],
  $8::text[], $9::smallint[], $10::bigint[], $11::text[], $12::text[], $13::text[], $14::integer[], $15::bigint[],
  $16::bytea[]`;

export function eventArrays(rows: readonly NewEvent[]): Buffer[] {
  const events = rows.map(({ event }) => event);
  return [
    uuids(events.map(({ id }) => id)),
    integers(rows.map((_, n) => n)),
    bigints(rows.map(({ position }) => position)),
    booleans(rows.map(({ isPlanned }) => isPlanned)),
    texts(events.map(({ type }) => type)),
    texts(events.map(({ source }) => source)),
    texts(events.map(({ tags }) => (tags.length === 0 ? null : JSON.stringify(tags)))),
    smallints(events.map(({ priority }) => PRIORITIES.indexOf(priority))),
    bigints(events.map(({ occurredAt }) => occurredAt)),
    texts(events.map(({ contentType }) => (contentType === PLAIN_CONTENT_TYPE ? null : contentType))),
    texts(events.map(({ subjectIndex }) => subjectIndex)),
    texts(events.map(({ orderingKeyIndex }) => orderingKeyIndex)),
    integers(events.map(({ bytes }) => bytes)),
    bigints(events.map(({ expiresAt }) => expiresAt)),
    blobs(events.map(({ sealed }) => sealed)),
  ];
}
