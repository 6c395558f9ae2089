import { timeOfId } from "../../domain/ids.ts";
import type { Store } from "../../store/store.ts";

/** How late the feed of DynamoDB shows an event. */
export const FEED_DELAY_MS = 15_000;

/** A store whose feed shows events as late as that of DynamoDB. */
export function delayFeed(store: Store): Store {
  return {
    ...store,
    feedDelayMs: FEED_DELAY_MS,
    async readFeed(request) {
      const page = await store.readFeed(request);
      if (page.outcome !== "page") return page;
      const hidden = page.items.findIndex(({ event }) => timeOfId(event.id) > request.now - FEED_DELAY_MS);
      if (hidden < 0) return page;
      const items = page.items.slice(0, hidden);
      const before = request.after ?? (await store.seekFeed(request.projectId, 0));
      return { ...page, items, end: items.at(-1)?.position ?? before };
    },
  };
}
