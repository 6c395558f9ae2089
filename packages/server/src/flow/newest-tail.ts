import { firstIdAt, timeOfId } from "../domain/ids.ts";
import type { FeedItem } from "../store/event-store.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";

/** What a reader at the end of the feed gets before the feed shows it. */
export interface NewestTail {
  /** Events that neither this nor the feed has shown yet, oldest first. Their position is the feed's own: whoever resumes there misses nothing. */
  read(end: string): Promise<readonly FeedItem[]>;
  /** False, once: it was shown before the feed came to it. */
  isNew(item: FeedItem): boolean;
}

/** The newest so many; in a busier project the others come with the feed. */
const MOST = 200;

/** Empty where the feed has no delay. */
export function makeNewestTail(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  projectId: string,
  subjectIndex: string | null,
): NewestTail {
  const shown = new Set<string>();
  const { feedDelayMs } = store;
  return {
    async read(end) {
      if (feedDelayMs === 0) return [];
      const now = clock.now();
      const horizon = now - feedDelayMs;
      // What is older has come by in the feed, or was deleted since.
      for (const id of shown) if (timeOfId(id) < horizon - feedDelayMs) shown.delete(id);
      const events = await store.listEvents({
        ...{ projectId, now, subjectIndex, beforeId: null, limit: MOST },
        // The feed's last page may have been read a moment before this.
        fromId: firstIdAt(horizon + 1),
      });
      const fresh = events.filter(({ id }) => !shown.has(id)).reverse();
      for (const { id } of fresh) shown.add(id);
      return fresh.map((event) => ({ event, position: end }));
    },
    isNew: ({ event }) => !shown.delete(event.id),
  };
}
