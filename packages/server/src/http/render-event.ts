import { timeOfId } from "../domain/ids.ts";
import type { EventView } from "../flow/views.ts";
import type { AnswerBytes } from "./answer-bytes.ts";
import { formatTime } from "./time.ts";

/** Most bytes of a JSON answer: 4 MiB. */
export const ANSWER_BYTES = 4 * 1024 * 1024;

/** What an answer has besides its events: brackets, a cursor, the closing words. */
const FRAME_BYTES = 1_024;

/** How an event is shown: `withStatus` adds `status`. */
export interface EventForm {
  readonly withStatus: boolean;
}

/** The part of an answer's 4 MiB that its events may fill, when each of `items` comes in `itemBytes` of its own. */
export function roomForEvents(items: number, itemBytes: number): number {
  return ANSWER_BYTES - FRAME_BYTES - items * itemBytes;
}

/**
 * Writes an event, every field always present. Metadata, extensions and payload are the stored bytes, never parsed. Where it would not fit into the answer any more it
 * comes with `payload: null` and `payload_url`.
 */
export function writeEvent(answer: AnswerBytes, view: EventView, form: EventForm): void {
  answer.text(headOf(view));
  const tail = form.withStatus ? `,"status":${JSON.stringify(view.status)}}` : "}";
  const { payload } = view.content;
  const fits = answer.length() + payload.length + tail.length + FRAME_BYTES <= ANSWER_BYTES;
  if (fits) answer.bytes(payload);
  else answer.text(`null,"payload_url":"/v1/events/${view.event.id}/payload"`);
  answer.text(tail);
}

/** Ends a page that was begun with `{"data":[`. */
export function endPage(answer: AnswerBytes, nextCursor: string | null): Buffer {
  answer.text(`],"next_cursor":${JSON.stringify(nextCursor)}}`);
  return answer.end();
}

/** The event up to its payload. */
function headOf({ event, content }: EventView): string {
  const { id, occurredAt } = event;
  const occurred = occurredAt === null ? "null" : `"${formatTime(occurredAt)}"`;
  return (
    `{"id":"${id}","timestamp":"${formatTime(timeOfId(id))}","type":${JSON.stringify(event.type)},` +
    `"source":${JSON.stringify(event.source)},"subject":${JSON.stringify(content.subject)},"occurred_at":${occurred},` +
    `"ordering_key":${JSON.stringify(content.orderingKey)},"tags":${JSON.stringify(event.tags)},` +
    `"metadata":${content.metadata},"extensions":${content.extensions ?? "null"},"payload":`
  );
}
