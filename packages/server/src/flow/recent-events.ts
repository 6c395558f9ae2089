import type { EventView } from "./views.ts";

/** Events accepted a moment ago, with their content open: a push right after the commit neither reads nor opens them again. */
export interface RecentEvents {
  /** Keeps an event for so many pushes. `now` is monotonic. */
  put(view: EventView, more: { readonly pushes: number; readonly now: number }): void;
  /** For one push; after the last one it is kept no longer. */
  take(eventId: string): EventView | undefined;
  delete(eventId: string): void;
}

const MOST_BYTES = 32 * 1024 * 1024;
/** What an event takes besides its bytes. */
const OBJECT_BYTES = 1_500;
/** What is pushed later than this waits for its endpoint. Kept longer it would only grow old in memory, where giving it back costs pauses of some 10 ms. */
const KEPT_MS = 5_000;

interface Kept {
  readonly view: EventView;
  readonly until: number;
  pushesLeft: number;
}

/** The oldest go first. */
export function makeRecentEvents(): RecentEvents {
  const kept = new Map<string, Kept>();
  let bytes = 0;
  const remove = (eventId: string) => {
    const one = kept.get(eventId);
    if (one === undefined) return;
    kept.delete(eventId);
    bytes -= one.view.event.bytes + OBJECT_BYTES;
  };
  return {
    put(view, { pushes, now }) {
      kept.set(view.event.id, { view, until: now + KEPT_MS, pushesLeft: pushes });
      bytes += view.event.bytes + OBJECT_BYTES;
      for (const [eventId, { until }] of kept) {
        if (bytes <= MOST_BYTES && until > now) return;
        remove(eventId);
      }
    },
    take(eventId) {
      const one = kept.get(eventId);
      if (one === undefined) return;
      one.pushesLeft -= 1;
      if (one.pushesLeft <= 0) remove(eventId);
      return one.view;
    },
    delete: remove,
  };
}
