import { subjectHash } from "./commit-events.ts";
import type { Dynamo } from "./dynamo.ts";
import { type KeyedItem, keyName } from "./item.ts";
import { eventSort } from "./keys.ts";
import { mergeRows } from "./merge-rows.ts";
import { type Place, partitionsOf } from "./places.ts";
import { behind, readItems, readRows } from "./read-items.ts";
import { type EventRow, eventPlace } from "./rows.ts";
import { SUBJECT_INDEX } from "./tables.ts";

/** Events of a project by id. */
export interface Walk {
  /** Ids above this one, or from `from` on. */
  readonly after: string | null;
  readonly from: string | null;
  /** Ids below this one. */
  readonly before: string | null;
  readonly isBackward?: boolean;
  readonly subjectIndex: string | null;
  /** About how many are wanted. */
  readonly pageSize: number;
}

const LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";
/** Before a text and behind all that come before it, for ids of one length. */
const BELOW = "~";

/** Events that are there, over all shards, in the order of their ids. */
export async function* walkEvents(
  dynamo: Dynamo,
  place: Place,
  walk: Walk,
): AsyncGenerator<EventRow, undefined> {
  const rows = walk.subjectIndex === null ? walkTable(dynamo, place, walk) : walkSubject(dynamo, place, walk);
  for await (const item of rows) {
    const found = eventPlace(place.projectId, item);
    if (found.kind === "event") yield found.row;
  }
}

function boundsOf({ after, from, before }: Walk): { readonly from: string; readonly to: string } {
  const lower = after === null ? (from ?? "") : behind(after);
  return { from: lower, to: before === null ? LAST_ID : below(before) };
}

/** The last text before an id: its last character is one less, and everything may follow. */
function below(id: string): string {
  const last = id.charCodeAt(id.length - 1);
  return `${id.slice(0, -1)}${String.fromCharCode(last - 1)}${BELOW}`;
}

function orderOf({ isBackward = false }: Walk) {
  return { by: "sk", isBackward } as const;
}

function walkTable(dynamo: Dynamo, place: Place, walk: Walk): AsyncGenerator<KeyedItem, undefined> {
  const { from, to } = boundsOf(walk);
  const sources = partitionsOf(place).map((hash) =>
    readRows(dynamo, {
      table: "events",
      hash,
      from: eventSort(from),
      to: eventSort(to),
      isBackward: walk.isBackward ?? false,
      limit: walk.pageSize,
    }),
  );
  return mergeRows(sources, orderOf(walk));
}

/** The index names them; the rows themselves are read strongly. */
async function* walkSubject(dynamo: Dynamo, place: Place, walk: Walk): AsyncGenerator<KeyedItem, undefined> {
  const { from, to } = boundsOf(walk);
  const sources = partitionsOf(place).map((pk) =>
    readRows(dynamo, {
      table: "events",
      index: SUBJECT_INDEX,
      hash: subjectHash(pk, walk.subjectIndex ?? ""),
      from: from === "" ? "0" : from,
      to,
      isBackward: walk.isBackward ?? false,
      limit: walk.pageSize,
    }),
  );
  let keys: KeyedItem[] = [];
  for await (const key of mergeRows(sources, orderOf(walk))) {
    keys.push(key);
    if (keys.length < walk.pageSize) continue;
    yield* await readInOrder(dynamo, keys);
    keys = [];
  }
  yield* await readInOrder(dynamo, keys);
}

async function readInOrder(dynamo: Dynamo, keys: readonly KeyedItem[]): Promise<KeyedItem[]> {
  const items = await readItems(dynamo, "events", { keys });
  return keys.flatMap((key) => items.get(keyName(key)) ?? []);
}
