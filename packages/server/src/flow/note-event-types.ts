import type { Store } from "../store/store.ts";

/** Which event types were seen, kept in memory and written now and then: a post pays no row for it. */
export interface NoteTypes {
  note(projectId: string, type: string, at: number): void;
  flush(): Promise<void>;
}

/** Between two flushes at most so many (project, type) pairs are kept; more wait for the next sighting. */
const MOST_NOTES = 50_000;

export function makeNoteTypes(store: Pick<Store, "touchEventTypes">): NoteTypes {
  let notes = new Map<string, Map<string, number>>();
  let count = 0;
  return {
    note(projectId, type, at) {
      const types = notes.get(projectId) ?? new Map<string, number>();
      if (!types.has(type)) {
        if (count >= MOST_NOTES) return;
        count += 1;
      }
      notes.set(projectId, types.set(type, at));
    },
    async flush() {
      const flushed = notes;
      notes = new Map();
      count = 0;
      for (const [projectId, types] of flushed) {
        await store.touchEventTypes(
          projectId,
          [...types].map(([type, lastSeenAt]) => ({ type, lastSeenAt })),
        );
      }
    },
  };
}
