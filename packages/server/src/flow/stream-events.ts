import { feedTopic } from "../wakeups/topics.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import { openBell } from "./bell.ts";
import { makeNewestTail } from "./newest-tail.ts";
import { openEvent, passes, type ReadParts, refusePosition, subjectIndexOf } from "./read-events.ts";
import type { EventFilter, StreamItem } from "./views.ts";

const HEARTBEAT_MS = 15_000;
const STEP = 200;

/** Whoever waits looks by itself so often: wake-ups may be lost. */
export const LOOK_MS = 1_000;

export interface StreamParts extends ReadParts {
  readonly wakeups: Wakeups;
}

/** A live tail of the feed, see `GET /v1/events/stream`. What a store shows in its feed with a delay comes at once, and again to whoever resumes. */
export async function* streamEvents(
  parts: StreamParts,
  projectId: string,
  wish: { readonly filter: EventFilter; readonly position: string | null; readonly signal: AbortSignal },
): AsyncGenerator<StreamItem> {
  const { store, clock } = parts;
  const { filter, signal } = wish;
  const subjectIndex = await subjectIndexOf(parts.sealer, projectId, filter.subject);
  const bell = openBell(parts.wakeups, clock, feedTopic(projectId));
  const tail = makeNewestTail(parts, projectId, subjectIndex);
  try {
    let after = wish.position ?? (await store.seekFeed(projectId, null));
    yield { kind: "heartbeat", position: after };
    let quietSince = clock.monotonic();
    while (!signal.aborted) {
      const page = await store.readFeed({ projectId, after, subjectIndex, limit: STEP, now: clock.now() });
      if (page.outcome !== "page") throw refusePosition(page.outcome);
      const isAtEnd = page.items.length < STEP;
      const newest = isAtEnd ? await tail.read(page.end) : [];
      for (const { event, position } of [...page.items.filter(tail.isNew), ...newest]) {
        if (!passes(event, filter, subjectIndex)) continue;
        yield { kind: "event", position, view: await openEvent(parts.sealer, event, null) };
        quietSince = clock.monotonic();
      }
      after = page.end;
      if (clock.monotonic() - quietSince >= HEARTBEAT_MS) {
        quietSince = clock.monotonic();
        yield { kind: "heartbeat", position: after };
      }
      if (isAtEnd) await bell.wait(LOOK_MS, signal);
    }
  } finally {
    bell.close();
  }
}
