import type { Event, StreamOptions, Triggers } from "@triggers/client";
import type { EventFilters } from "../arguments/event-filters.ts";

export interface Following {
  readonly filters: EventFilters;
  /** Where to go on from. */
  readonly position?: string;
  /** Or: since when. */
  readonly after?: string;
  readonly signal: AbortSignal;
  readonly onRetry: (error: unknown) => void;
  readonly onPosition: (position: string) => void;
}

export interface Followed {
  /** Null: of the past, which has no place to go on from. */
  readonly position: string | null;
  readonly event: Event;
}

/** More events are not accepted while the last page of the past is read. */
const REMEMBERED = 10_000;

/** Events from a time or a place on, then as they come. */
export async function* followSince(triggers: Triggers, following: Following): AsyncGenerator<Followed> {
  const { filters, position, after, signal, onRetry, onPosition } = following;
  const options: StreamOptions = { ...filters, signal, onRetry, onPosition };
  if (after === undefined) {
    yield* triggers.events.stream(position === undefined ? options : { ...options, position });
    return;
  }
  // The stream stands before the past is read, so that nothing falls between the two.
  const live = await begin(triggers, options);
  const shown = new Set<string>();
  for await (const event of triggers.events.list({
    ...filters,
    order: "oldest",
    after,
    view: "fact",
    limit: 200,
  })) {
    if (signal.aborted) return;
    shown.add(event.id);
    const [oldest] = shown.size > REMEMBERED ? shown : [];
    if (oldest !== undefined) shown.delete(oldest);
    yield { position: null, event };
  }
  for await (const streamed of live) if (!shown.has(streamed.event.id)) yield streamed;
}

/** Resolves when the stream follows; what comes from then on waits until it is asked for. */
async function begin(triggers: Triggers, options: StreamOptions): Promise<AsyncIterable<Followed>> {
  const waiting: Followed[] = [];
  let isEnded = false;
  let bell = Promise.withResolvers<void>();
  const follows = Promise.withResolvers<void>();
  const onPosition = (position: string) => {
    follows.resolve();
    options.onPosition?.(position);
  };
  const pump = (async () => {
    try {
      for await (const streamed of triggers.events.stream({ ...options, onPosition })) {
        waiting.push(streamed);
        bell.resolve();
      }
    } finally {
      isEnded = true;
      bell.resolve();
    }
  })();
  await Promise.race([follows.promise, pump]);
  return {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        yield* waiting.splice(0);
        if (waiting.length > 0) continue;
        if (isEnded) return await pump;
        await bell.promise;
        bell = Promise.withResolvers<void>();
      }
    },
  };
}
