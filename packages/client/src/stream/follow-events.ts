import { pathOf } from "../connection/call.ts";
import { pause } from "../connection/deadline.ts";
import type { RequestOptions, Settings } from "../connection/read-options.ts";
import { mayRetry, retryDelay } from "../connection/retry.ts";
import type { TriggersError } from "../connection/triggers-error.ts";
import type { StreamEventsData } from "../generated/types.gen.ts";
import { type Event, parseEvent } from "../json/event.ts";
import { openStream } from "./open-stream.ts";
import type { SseBlock } from "./read-sse.ts";
import { makeRecentSet } from "./recent-set.ts";

type Filters = NonNullable<StreamEventsData["query"]>;

export interface StreamOptions extends Readonly<Filters>, Pick<RequestOptions, "signal" | "headers"> {
  /** `position` of the last event that was handled; absent: from now on. */
  readonly position?: string;
  /** Told each time the connection has ended, before the next one. */
  readonly onRetry?: (error: TriggersError) => void;
  /** Told how far it has come, also where no event passed the filters: at first as soon as it follows, before any event. */
  readonly onPosition?: (position: string) => void;
}

export interface StreamedEvent {
  /** Where to go on from with `stream({ position })`. */
  readonly position: string;
  /** Line breaks between the tokens of its `payloadText` have become spaces. */
  readonly event: Event;
}

export type FollowEvents = (options: StreamOptions) => AsyncIterable<StreamedEvent>;

/** Ids that are remembered to drop an event that comes again after a break. */
const REMEMBERED = 10_000;

export function makeFollowEvents(settings: Settings): FollowEvents {
  return async function* follow({ position: start, signal, headers = {}, onRetry, onPosition, ...filters }) {
    const seen = makeRecentSet(REMEMBERED);
    const path = pathOf("/v1/events/stream", {}, filters);
    let position = start ?? null;
    let failures = 0;
    while (!hasEnded(signal)) {
      const resume = position === null ? {} : { "last-event-id": position };
      for await (const item of openStream(settings, { path, headers: { ...headers, ...resume }, signal })) {
        if (item.kind === "ended") {
          if (hasEnded(signal)) return;
          if (!mayRetry(item.error, true)) throw item.error;
          onRetry?.(item.error);
          failures++;
          await pause(retryDelay(settings, failures, item.error.retryAfterMs), signal).catch(() => undefined);
        } else {
          failures = 0;
          position = item.block.id ?? position;
          if (position !== null) onPosition?.(position);
          const streamed = readBlock(item.block);
          if (streamed !== null && seen.add(streamed.event.id)) yield streamed;
        }
      }
    }
  };
}

function hasEnded(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function readBlock({ event, data, id }: SseBlock): StreamedEvent | null {
  return event === "event" && data !== null && id !== null ? { position: id, event: parseEvent(data) } : null;
}
