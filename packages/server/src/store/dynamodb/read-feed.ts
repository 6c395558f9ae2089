import { firstIdAt } from "../../domain/ids.ts";
import type { FeedPage, FeedPosition, FeedStore } from "../event-store.ts";
import type { Dynamo } from "./dynamo.ts";
import { isKept } from "./find-events.ts";
import { eventSort } from "./keys.ts";
import { loadPayloads } from "./payloads.ts";
import { type Place, partitionsOf } from "./places.ts";
import { readSome } from "./read-items.ts";
import type { EventRow } from "./rows.ts";
import { walkEvents } from "./walk-events.ts";

/** Before everything that is kept: a fresh place, of which retention has taken nothing. Other positions are the id last seen, or a bound between ids. */
const START = "start";
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Request = Parameters<FeedStore["readFeed"]>[0];

/**
 * The feed is the events by id, as far as nothing can be committed any more: up to `feedDelayMs` ago. Up to there an id is as good a place as any, over all
 * shards.
 */
export async function readFeed(dynamo: Dynamo, request: Request): Promise<FeedPage> {
  const after = request.after ?? START;
  if (after !== START && !ID.test(after)) return { outcome: "malformed" };
  const place = await dynamo.places.find(request.projectId);
  if (place === null) return { outcome: "page", items: [], end: after };
  if (after !== START && place.expiredId !== null && after < place.expiredId) return { outcome: "expired" };
  return readUpToHorizon(dynamo, place, request);
}

async function readUpToHorizon(
  dynamo: Dynamo,
  place: Place,
  { after, subjectIndex, limit, now }: Request,
): Promise<FeedPage> {
  const horizon = now - dynamo.feedDelayMs;
  const rows: EventRow[] = [];
  const walk = {
    after: after === START ? null : after,
    from: null,
    before: firstIdAt(horizon + 1),
    subjectIndex,
    pageSize: limit,
  };
  for await (const row of walkEvents(dynamo, place, walk)) {
    if (isKept(row.event, now)) rows.push(row);
    if (rows.length >= limit) break;
  }
  const items = (await loadPayloads(dynamo, rows)).map((event) => ({ position: event.id, event }));
  const last = rows.at(-1)?.event.id ?? after ?? START;
  return { outcome: "page", items, end: rows.length >= limit ? last : later(last, firstIdAt(horizon)) };
}

function later(one: FeedPosition, other: FeedPosition): FeedPosition {
  return one === START || one < other ? other : one;
}

export async function seekFeed(dynamo: Dynamo, projectId: string, at: number | null): Promise<FeedPosition> {
  const place = await dynamo.places.find(projectId);
  if (place === null) return START;
  const position = at === null ? await endOfFeed(dynamo, place) : firstIdAt(at);
  return place.expiredId !== null && position < place.expiredId ? START : position;
}

/** Behind the last event that the feed shows now. */
async function endOfFeed(dynamo: Dynamo, place: Place): Promise<FeedPosition> {
  const horizon = dynamo.storeTime() - dynamo.feedDelayMs;
  const bounds = {
    table: "events",
    from: eventSort(""),
    to: eventSort(firstIdAt(horizon + 1)),
    isBackward: true,
  } as const;
  const newest = await Promise.all(
    partitionsOf(place).map((hash) => readSome(dynamo, { ...bounds, hash }, 1)),
  );
  const ids = newest.flat().map(({ sk }) => sk.slice(2));
  return ids.reduce(later, firstIdAt(horizon));
}
