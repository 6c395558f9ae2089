import { timeOfId, uuidText } from "../../domain/ids.ts";
import type { FeedItem, FeedPage, FeedPosition, FeedStore } from "../event-store.ts";
import { lastNumber, numberAt } from "./feed-numbers.ts";
import type { Database } from "./open-database.ts";
import { EVENT_COLUMNS, type EventTuple, eventOf } from "./rows.ts";
import { sql } from "./sql.ts";

/** Before everything that is kept: a fresh place, of which retention has taken nothing. Other positions are the `n` last seen. */
const START = "start";
const NUMBER = /^(?:0|[1-9][0-9]{0,15})$/;

type Request = Parameters<FeedStore["readFeed"]>[0];

type ItemTuple = readonly [...EventTuple, n: number];

const READ = sql<ItemTuple>(`SELECT ${EVENT_COLUMNS}, n FROM events INDEXED BY events_feed
  WHERE project = ? AND n > ? AND expires_at > ? ORDER BY n LIMIT ? + 0`);
const READ_OF_SUBJECT = sql<ItemTuple>(`SELECT ${EVENT_COLUMNS}, n FROM events INDEXED BY events_subject_feed
  WHERE project = ? AND n > ? AND expires_at > ? AND subject_index = ? ORDER BY n LIMIT ? + 0`);

export function readFeed(db: Database, request: Request): FeedPage {
  const after = placeOf(request.after);
  if (after === null) return { outcome: "malformed" };
  const project = db.projectNumber(request.projectId);
  if (project === null) return { outcome: "page", items: [], end: request.after ?? START };
  // Of a later file, in whose place this one is, positions may be above all that this one has given.
  if (after > Math.max(lastNumber(db), numberAt(request.now))) return { outcome: "malformed" };
  const expired = expiredNumber(db, project);
  if (after >= 0 && after < expired) return { outcome: "expired" };
  return readPage(db, { project, after: Math.max(after, 0), expired }, request);
}

/** −1 for a start; null for a text that is no position. */
function placeOf(position: FeedPosition | null): number | null {
  if (position === null || position === START) return -1;
  return NUMBER.test(position) ? Number(position) : null;
}

interface Place {
  readonly project: number;
  readonly after: number;
  readonly expired: number;
}

function readPage(db: Database, { project, after, expired }: Place, request: Request): FeedPage {
  const { projectId, limit, subjectIndex, now } = request;
  // Read first: what is committed meanwhile lies behind it.
  const last = Math.max(after, expired, lastOfProject(db, project));
  const tuples =
    subjectIndex === null
      ? db.all(READ, project, after, now, limit)
      : db.all(READ_OF_SUBJECT, project, after, now, subjectIndex, limit);
  const items = tuples.map((tuple) => itemOf(projectId, tuple));
  const end = items.at(-1)?.position;
  return { outcome: "page", items, end: end !== undefined && items.length >= limit ? end : String(last) };
}

function itemOf(projectId: string, tuple: ItemTuple): FeedItem {
  return { position: String(tuple[13]), event: eventOf(projectId, tuple) };
}

const EXPIRED_NUMBER = sql<readonly [number]>("SELECT expired_n FROM projects WHERE number = ?");

function expiredNumber(db: Database, project: number): number {
  return db.get(EXPIRED_NUMBER, project)?.[0] ?? 0;
}

const LAST_OF_PROJECT = sql<readonly [number | null]>(
  "SELECT max(n) FROM events INDEXED BY events_feed WHERE project = ?",
);

function lastOfProject(db: Database, project: number): number {
  return db.get(LAST_OF_PROJECT, project)?.[0] ?? 0;
}

export function seekFeed(db: Database, ...[projectId, at]: Parameters<FeedStore["seekFeed"]>): FeedPosition {
  const project = db.projectNumber(projectId);
  if (project === null) return START;
  const last = lastOfProject(db, project);
  const expired = expiredNumber(db, project);
  if (at === null) return String(Math.max(last, expired));
  const before = lastBefore(db, { project, at, last });
  return before < expired ? START : String(before);
}

const FIRST_FROM = sql<readonly [n: number, latestAt: number | null, id: Uint8Array]>(`SELECT n, latest_at, id
  FROM events INDEXED BY events_feed WHERE project = ? AND n >= ? ORDER BY n LIMIT 1`);

/** The `n` before the first event up to which the latest time of acceptance has reached `at`: that time never falls in the order of the feed. */
function lastBefore(
  db: Database,
  { project, at, last }: { readonly project: number; readonly at: number; readonly last: number },
): number {
  let low = 1;
  let high = last + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = db.get(FIRST_FROM, project, middle);
    const reached = found === undefined || (found[1] ?? timeOfId(uuidText(found[2]))) >= at;
    if (reached) high = middle;
    else low = found[0] + 1;
  }
  return low - 1;
}
