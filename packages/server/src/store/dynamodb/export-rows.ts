import type { CopiedKind, CopiedRows } from "../copy-store.ts";
import { attemptRow } from "./attempt-rows.ts";
import { credentialRow } from "./credential-rows.ts";
import type { Dynamo } from "./dynamo.ts";
import { bytesOf, type KeyedItem, keyName, numberOf, textOf } from "./item.ts";
import { jobRow } from "./jobs.ts";
import { credentialKey, deliveryKeyOf } from "./keys.ts";
import { loadPayloads } from "./payloads.ts";
import { planRow } from "./plan-rows.ts";
import { keyRow } from "./project-rows.ts";
import { readItems } from "./read-items.ts";
import { deliveryRow, eventPlace } from "./rows.ts";
import { subscriptionRow } from "./subscription-rows.ts";
import {
  type Found,
  type FoundPlace,
  keepThoseOfEvents,
  walkEventTable,
  walkProjects,
  walkRowsOfProjects,
  walkSettings,
  walkWholeTable,
} from "./walk-rows.ts";

/** How rows of one kind are read. */
interface Export<Row> {
  /** Items in a fixed order, behind a place. */
  walk(dynamo: Dynamo, after: FoundPlace | null): AsyncIterable<Found>;
  /** Those that are rows: what names an event that never came is none. */
  keep?(dynamo: Dynamo, found: readonly Found[]): Promise<readonly Found[]>;
  rowsOf(dynamo: Dynamo, found: readonly Found[]): Promise<readonly Row[]> | readonly Row[];
}

const EXPORTS: { readonly [Kind in CopiedKind]: Export<CopiedRows[Kind]> } = {
  settings: {
    walk: walkSettings,
    rowsOf: each(({ item }) => ({ name: item.sk, value: bytesOf(item, "b") ?? new Uint8Array() })),
  },
  projects: {
    walk: walkProjects,
    rowsOf: each(({ item, projectId: id }) => {
      return { id, name: textOf(item, "nm") ?? "", createdAt: numberOf(item, "ca") ?? 0 };
    }),
  },
  keys: {
    walk: walkRowsOfProjects("k#"),
    rowsOf: each(({ item, projectId }) => ({ projectId, key: keyRow(item) })),
  },
  credentials: { walk: walkRowsOfProjects("c#"), rowsOf: readCredentials },
  subscriptions: {
    walk: walkRowsOfProjects("s#"),
    rowsOf: each(({ item }) => subscriptionRow(item).subscription),
  },
  event_types: {
    walk: walkRowsOfProjects("t#"),
    rowsOf: each(({ item, projectId }) => {
      return { projectId, type: item.sk.slice(2), lastSeenAt: numberOf(item, "ls") ?? 0 };
    }),
  },
  ordering_keys: {
    walk: walkWholeTable("h", "#k#"),
    rowsOf: each(({ item, projectId }) => {
      const [, , key = ""] = item.pk.split("#");
      return { projectId, key, position: numberOf(item, "n") ?? 0, usedAt: numberOf(item, "ua") ?? 0 };
    }),
  },
  events: {
    walk: walkEventTable("e#"),
    keep: async (_dynamo, found) =>
      found.filter(({ item, projectId }) => eventPlace(projectId, item).kind === "event"),
    rowsOf: readEvents,
  },
  plans: {
    walk: walkEventTable("p#"),
    keep: keepThoseOfEvents,
    rowsOf: each(({ item, projectId }) => {
      const { eventId, key: orderingKeyIndex, dueAt, entries, next } = planRow(item);
      return { projectId, eventId, orderingKeyIndex, dueAt, plan: entries.slice(next) };
    }),
  },
  deliveries: {
    walk: walkEventTable("d#"),
    keep: keepThoseOfEvents,
    rowsOf: each(({ item, projectId }) => deliveryRow(projectId, item).delivery),
  },
  attempts: {
    walk: walkEventTable("a#"),
    keep: keepThoseOfEvents,
    rowsOf: each(({ item, projectId }) => ({
      ...{ projectId, ...deliveryKeyOf(item.sk) },
      ...attemptRow(item),
    })),
  },
  idempotency: {
    walk: walkWholeTable("i", "#i#"),
    keep: (dynamo, found) => keepThoseOfEvents(dynamo, found, "orDeleted"),
    rowsOf: each(({ item, projectId }) => {
      const [, , kind, ...keyIndex] = item.pk.split("#");
      return {
        ...{ projectId, kind: kind === "cloudevent" ? kind : "key", keyIndex: keyIndex.join("#") },
        ...{ fingerprint: textOf(item, "f") ?? "", eventId: textOf(item, "e") ?? "" },
        expiresAt: numberOf(item, "x") ?? 0,
      };
    }),
  },
  jobs: { walk: walkRowsOfProjects("j#"), rowsOf: each(({ item }) => jobRow(item).job) },
};

function each<Row>(rowOf: (found: Found) => Row) {
  return (_dynamo: Dynamo, found: readonly Found[]): readonly Row[] => found.map(rowOf);
}

/** The project lists them by id; they lie by their hash. */
async function readCredentials(dynamo: Dynamo, found: readonly Found[]) {
  const keys = found.map(({ item }) => credentialKey(textOf(item, "h") ?? ""));
  const items = await readItems(dynamo, "control", { keys });
  return keys.flatMap((key) => {
    const item: KeyedItem | undefined = items.get(keyName(key));
    return item === undefined ? [] : credentialRow(item);
  });
}

async function readEvents(dynamo: Dynamo, found: readonly Found[]): Promise<CopiedRows["events"][]> {
  const rows = found.flatMap(({ item, projectId }) => {
    const place = eventPlace(projectId, item);
    return place.kind === "event" ? place.row : [];
  });
  const positions = new Map(rows.map(({ event, position }) => [event.id, position]));
  const events = await loadPayloads(dynamo, rows);
  return events.map((event) => ({ event, position: positions.get(event.id) ?? null }));
}

export async function exportRows<Kind extends CopiedKind>(
  dynamo: Dynamo,
  { kind, after, limit }: { readonly kind: Kind; readonly after: string | null; readonly limit: number },
): Promise<{ readonly rows: readonly CopiedRows[Kind][]; readonly after: string | null }> {
  const { keep, rowsOf } = EXPORTS[kind];
  const { found, next } = await readFound(dynamo, kind, { after, limit });
  return { rows: await rowsOf(dynamo, (await keep?.(dynamo, found)) ?? found), after: next };
}

const COUNTED_AT_ONCE = 1_000;

/** Reads everything: there are no counters. */
export async function countRows(dynamo: Dynamo, kind: CopiedKind): Promise<number> {
  const { keep } = EXPORTS[kind];
  let count = 0;
  let after: string | null = null;
  do {
    const { found, next } = await readFound(dynamo, kind, { after, limit: COUNTED_AT_ONCE });
    count += ((await keep?.(dynamo, found)) ?? found).length;
    after = next;
  } while (after !== null);
  return count;
}

async function readFound(
  dynamo: Dynamo,
  kind: CopiedKind,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<{ readonly found: readonly Found[]; readonly next: string | null }> {
  const from: FoundPlace | null = after === null ? null : JSON.parse(after);
  const found: Found[] = [];
  for await (const one of EXPORTS[kind].walk(dynamo, from)) {
    found.push(one);
    if (found.length >= limit) break;
  }
  const last = found.length < limit ? undefined : found.at(-1);
  return { found, next: last === undefined ? null : JSON.stringify(last.place) };
}
