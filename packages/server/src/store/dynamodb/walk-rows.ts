import type { Dynamo } from "./dynamo.ts";
import { type KeyedItem, keyName, textOf } from "./item.ts";
import { eventSort, projectKey } from "./keys.ts";
import { mergeRows } from "./merge-rows.ts";
import { partitionFor, partitionsOf } from "./places.ts";
import { PROJECTS, SETTINGS } from "./project-rows.ts";
import { behind, lastOf, readItem, readItems, readRows, scanRows } from "./read-items.ts";

/** Where a walk stands: a project and a sort key in it, or the key of an item in the order of the table itself. */
export type FoundPlace = readonly [string, string];

/** An item on a walk over a whole store. */
export interface Found {
  readonly projectId: string;
  readonly item: KeyedItem;
  readonly place: FoundPlace;
}

type Walk = (dynamo: Dynamo, after: FoundPlace | null) => AsyncIterable<Found>;

export async function* walkSettings(
  dynamo: Dynamo,
  after: FoundPlace | null,
): AsyncGenerator<Found, undefined> {
  const from = behind(after?.[1] ?? "");
  for await (const item of readRows(dynamo, { table: "control", hash: SETTINGS, from, to: lastOf("") }))
    yield { projectId: "", item, place: [SETTINGS, item.sk] };
}

/** Open projects by id, from one on: of closed ones nothing is told. */
async function* openProjects(dynamo: Dynamo, from: string): AsyncGenerator<string, undefined> {
  const query = { table: "control", hash: PROJECTS, from, to: lastOf("f") } as const;
  for await (const { sk } of readRows(dynamo, query)) if ((await dynamo.places.find(sk)) !== null) yield sk;
}

export async function* walkProjects(
  dynamo: Dynamo,
  after: FoundPlace | null,
): AsyncGenerator<Found, undefined> {
  for await (const projectId of openProjects(dynamo, after === null ? "0" : behind(after[0]))) {
    const item = await readItem(dynamo, "control", projectKey(projectId));
    if (item !== null) yield { projectId, item, place: [projectId, ""] };
  }
}

/** Rows of a kind in the projects' own partitions, project by project. */
export function walkRowsOfProjects(prefix: string): Walk {
  return async function* walk(dynamo, after) {
    for await (const projectId of openProjects(dynamo, after?.[0] ?? "0")) {
      const from = after?.[0] === projectId ? behind(after[1]) : prefix;
      const query = { table: "control", hash: projectKey(projectId).pk, from, to: lastOf(prefix) } as const;
      for await (const item of readRows(dynamo, query))
        yield { projectId, item, place: [projectId, item.sk] };
    }
  };
}

/** Rows of a kind in the partitions of the projects' events, project by project and by event. */
export function walkEventTable(prefix: string): Walk {
  return async function* walk(dynamo, after) {
    for await (const projectId of openProjects(dynamo, after?.[0] ?? "0")) {
      const place = await dynamo.places.find(projectId);
      if (place === null) continue;
      const from = after?.[0] === projectId ? behind(after[1]) : prefix;
      const sources = partitionsOf(place).map((hash) =>
        readRows(dynamo, { table: "events", hash, from, to: lastOf(prefix) }),
      );
      for await (const item of mergeRows(sources, { by: "sk" }))
        yield { projectId, item, place: [projectId, item.sk] };
    }
  };
}

/** Rows of a kind that lie each by themselves, in the order of the table, which is that of no name. `mark`: in their partition's name. */
export function walkWholeTable(sk: string, mark: string): Walk {
  return async function* walk(dynamo, after) {
    const start = after === null ? null : { pk: after[0], sk: after[1] };
    const filter = { expression: "sk = :sk AND contains(pk, :mark)", values: { sk, mark } };
    for await (const item of scanRows(dynamo, { table: "events", filter, start })) {
      const [projectId = ""] = item.pk.split("#");
      if ((await dynamo.places.find(projectId)) !== null)
        yield { projectId, item, place: [item.pk, item.sk] };
    }
  };
}

/** Those whose event is there, `orDeleted`: or was. */
export async function keepThoseOfEvents(
  dynamo: Dynamo,
  found: readonly Found[],
  deleted: "orDeleted" | "notDeleted" = "notDeleted",
): Promise<readonly Found[]> {
  const named = await Promise.all(
    found.map(async (one) => {
      const eventId = textOf(one.item, "e") ?? one.item.sk.split("#")[1] ?? "";
      const place = await dynamo.places.find(one.projectId);
      return {
        one,
        key: { pk: place === null ? "-" : partitionFor(place, eventId), sk: eventSort(eventId) },
      };
    }),
  );
  const events = await readItems(dynamo, "events", { keys: named.map(({ key }) => key), attributes: ["g"] });
  return named.flatMap(({ one, key }) => {
    const event = events.get(keyName(key));
    const isKept =
      event !== undefined && (event.g === undefined || (deleted === "orDeleted" && event.g === "deleted"));
    return isKept ? one : [];
  });
}
