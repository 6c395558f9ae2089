import type { EventView } from "./views.ts";

/** Events accepted a moment ago, with their content open: a push right after the commit neither reads nor opens them again. */
export interface RecentEvents {
  put(view: EventView): void;
  get(eventId: string): EventView | undefined;
  delete(eventId: string): void;
}

const MOST_BYTES = 32 * 1024 * 1024;

/** The oldest go first. */
export function makeRecentEvents(): RecentEvents {
  const views = new Map<string, EventView>();
  let bytes = 0;
  const remove = (eventId: string) => {
    const view = views.get(eventId);
    if (view === undefined) return;
    views.delete(eventId);
    bytes -= view.event.bytes;
  };
  return {
    put(view) {
      views.set(view.event.id, view);
      bytes += view.event.bytes;
      for (const eventId of views.keys()) {
        if (bytes <= MOST_BYTES) return;
        remove(eventId);
      }
    },
    get: (eventId) => views.get(eventId),
    delete: remove,
  };
}
