import type { EventRecord, RecordOutcome } from "../event-store.ts";
import type { Entry } from "./store-events.ts";

/** What became of records. */
export type Outcomes = readonly (readonly [EventRecord, RecordOutcome])[];

/** By project: the life of the server in which its records were planned; null: not known. */
export type Lives = ReadonlyMap<string, string | null>;

/** Entries of one project. */
export interface Stored {
  readonly entries: readonly Entry[];
  /** How many of them: all, or none if the project is closed. */
  readonly count: Promise<number>;
}

/** After the commit. */
export async function outcomesOf(stored: readonly Stored[]): Promise<Outcomes> {
  const outcomes = stored.map(async ({ entries, count }): Promise<Outcomes> => {
    const isOpen = (await count) > 0;
    return entries.map(({ record, isPlanned }) => {
      return [record, isOpen ? { outcome: "created", isPlanned } : { outcome: "no_project" }];
    });
  });
  return (await Promise.all(outcomes)).flat();
}

/** By project, in one order everywhere. */
export function groupByProject(
  records: readonly EventRecord[],
): readonly { readonly projectId: string; readonly group: readonly EventRecord[] }[] {
  const groups = Map.groupBy(records, ({ event }) => event.projectId);
  return [...groups]
    .map(([projectId, group]) => ({ projectId, group }))
    .sort((a, b) => (a.projectId < b.projectId ? -1 : 1));
}
