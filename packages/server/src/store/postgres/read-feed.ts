import { setTimeout as sleep } from "node:timers/promises";
import { firstIdAt } from "../../domain/ids.ts";
import type { FeedItem, FeedPage, FeedPosition, FeedStore } from "../event-store.ts";
import { NEWEST_EPOCH, openEpoch } from "./feed-epochs.ts";
import {
  BEFORE_ALL,
  comparePlaces,
  endOfEpoch,
  type FeedPlace,
  placeBefore,
  placeOf,
  positionOf,
  START,
} from "./feed-place.ts";
import type { Database } from "./open-database.ts";
import { EVENT_COLUMNS, type EventTuple, eventOf } from "./rows.ts";
import type { Session } from "./session.ts";
import { operatorSql, PROJECT, sql } from "./sql.ts";

type Request = Parameters<FeedStore["readFeed"]>[0];

export async function readFeed(db: Database, request: Request): Promise<FeedPage> {
  const after = request.after === null ? BEFORE_ALL : placeOf(request.after);
  if (after === null) return { outcome: "malformed" };
  const begunBefore = request.withUnderWay === true ? await nextInEpoch(db) : null;
  const state = await readState(db, request.projectId);
  if (state === null) return { outcome: "page", items: [], end: request.after ?? START };
  if (comparePlaces(after, state.ahead) >= 0) return { outcome: "malformed" };
  if (after !== BEFORE_ALL && comparePlaces(after, state.expired) < 0) return { outcome: "expired" };
  const first = await readPage(db, request, { after, until: state.decided });
  const goal = goalOf(state, begunBefore);
  const isHeldUp = comparePlaces(goal, state.decided) > 0;
  if (!isHeldUp || first.items.length >= request.limit) return { outcome: "page", ...first, isHeldUp };
  const until = await decidedUpTo(db, request.projectId, { goal, state });
  const rest = { ...request, limit: request.limit - first.items.length };
  const second = await readPage(db, rest, { after: placeOf(first.end) ?? after, until });
  const items = [...first.items, ...second.items];
  return { outcome: "page", items, end: second.end, isHeldUp: comparePlaces(goal, until) > 0 };
}

interface Part {
  readonly items: readonly FeedItem[];
  readonly end: FeedPosition;
}

async function readPage(db: Session, request: Request, { after, until }: Range): Promise<Part> {
  const items = await readItems(db, request, { after, until });
  const last = items.at(-1);
  if (last !== undefined && items.length >= request.limit) return { items, end: last.position };
  return { items, end: positionOf(comparePlaces(after, until) < 0 ? until : after) };
}

type PlaceTuple = readonly [epoch: number, xid: number, n: number];

const PLACE = ["$3::integer", "$4::xid8", "$5::integer"].join(", ");
const UNTIL = ["$6::integer", "$7::xid8", "$8::integer"].join(", ");
const readStatement = (ofSubject: string) =>
  sql<readonly [...EventTuple, ...PlaceTuple]>(`SELECT ${EVENT_COLUMNS}, e.epoch, e.xid, e.n FROM events AS e
  WHERE e.project = ${PROJECT} ${ofSubject} AND (e.epoch, e.xid, e.n) > (${PLACE})
  AND (e.epoch, e.xid, e.n) <= (${UNTIL}) AND e.expires_at > $2 ORDER BY e.epoch, e.xid, e.n LIMIT $9`);
const READ = readStatement("");
const READ_OF_SUBJECT = readStatement("AND e.subject_index = $10");

interface Range {
  readonly after: FeedPlace;
  readonly until: FeedPlace;
}

async function readItems(
  db: Session,
  request: Request,
  { after, until }: Range,
): Promise<readonly FeedItem[]> {
  const { projectId, limit, subjectIndex, now } = request;
  const values = [projectId, now, ...valuesOf(after), ...valuesOf(until), limit];
  const tuples =
    subjectIndex === null
      ? await db.all(READ, ...values)
      : await db.all(READ_OF_SUBJECT, ...values, subjectIndex);
  return tuples.map((tuple) => {
    const [epoch, xid, n] = tuple.slice(13) as unknown as PlaceTuple;
    return { position: positionOf({ epoch, xid, n }), event: eventOf(projectId, tuple) };
  });
}

function valuesOf({ epoch, xid, n }: FeedPlace): PlaceTuple {
  return [epoch, xid, n];
}

/** The feed of a project at one moment. */
interface FeedState {
  /** Everything up to here is decided: what is committed later comes behind it. */
  readonly decided: FeedPlace;
  /** No position lies here or behind. */
  readonly ahead: FeedPlace;
  /** Up to here retention has removed events. */
  readonly expired: FeedPlace;
  /** The last event that is committed, or before all. */
  readonly last: FeedPlace;
}

type StateTuple = readonly [
  epoch: number,
  isCurrent: boolean,
  next: number,
  xmin: number,
  xmax: number,
  ...expired: PlaceTuple,
  ...last: LastTuple,
];
type LastTuple = readonly [epoch: number | null, xid: number | null, n: number | null];

const READ_STATE =
  sql<StateTuple>(`SELECT f.epoch, f.is_current, f.next, pg_snapshot_xmin(s.now), pg_snapshot_xmax(s.now),
    p.expired_epoch, p.expired_xid, p.expired_n, l.epoch, l.xid, l.n
  FROM projects AS p CROSS JOIN ${NEWEST_EPOCH}
  CROSS JOIN pg_current_snapshot() AS s (now)
  LEFT JOIN LATERAL (SELECT e.epoch, e.xid, e.n FROM events AS e WHERE e.project = p.number
    ORDER BY e.epoch DESC, e.xid DESC, e.n DESC LIMIT 1) AS l ON true
  WHERE p.id = $1 AND p.deleted_at IS NULL`);

async function readState(db: Session, projectId: string): Promise<FeedState | null> {
  const tuple = await db.get(READ_STATE, projectId);
  if (tuple === undefined) return null;
  const [epoch, isCurrent, next, xmin, xmax, expiredEpoch, expiredXid, expiredN] = tuple;
  const [lastEpoch, lastXid, lastN] = tuple.slice(8) as unknown as LastTuple;
  return {
    // What was under way in a life of the server ended with it.
    decided: isCurrent ? placeBefore(epoch, xmin) : endOfEpoch(epoch),
    // Positions in epochs that are lost hold.
    ahead: isCurrent ? { epoch, xid: xmax, n: 0 } : { epoch: next, xid: 0, n: 0 },
    expired: { epoch: expiredEpoch, xid: expiredXid, n: expiredN },
    last: { epoch: lastEpoch ?? 0, xid: lastXid ?? 0, n: lastN ?? 0 },
  };
}

const NEXT_TRANSACTION = operatorSql<readonly [number]>("SELECT pg_current_xact_id()");

/** Above every transaction under way, in the epoch of those. The snapshot does not tell: its end lies behind the last one that is over. */
async function nextInEpoch(db: Database): Promise<number | null> {
  await openEpoch(db);
  return (await db.get(NEXT_TRANSACTION))?.[0] ?? null;
}

/** Some groups of events under way take some ms each. */
const FIRST_PAUSE_MS = 2;
const LONGEST_WAIT_MS = 500;

/**
 * What is to be decided before the feed is taken for read: all that is committed, or all that has begun with a transaction below `begunBefore`. A transaction gets its number before it commits, and
 * higher ones may be committed first; so only what lies below the lowest number under way is read.
 */
function goalOf({ decided, last }: FeedState, begunBefore: number | null): FeedPlace {
  return begunBefore === null ? last : placeBefore(decided.epoch, begunBefore);
}

/** How far everything is decided, once the goal is. A foreign transaction that writes for long, in whatever database of the server, holds the feed up: then it is as far as it goes. */
async function decidedUpTo(
  db: Session,
  projectId: string,
  { goal, state }: { readonly goal: FeedPlace; readonly state: FeedState },
): Promise<FeedPlace> {
  let { decided } = state;
  for (let waitMs = FIRST_PAUSE_MS; waitMs < LONGEST_WAIT_MS; waitMs *= 2) {
    if (comparePlaces(goal, decided) <= 0) break;
    await sleep(waitMs);
    decided = (await readState(db, projectId))?.decided ?? decided;
  }
  return decided;
}

/** Between an event's time and the end of its commit lie at most a wait behind full groups, the commit and a difference of clocks: far less than this. */
const DISORDER_MS = 120_000;

const FIND_BEFORE = sql<PlaceTuple>(`SELECT e.epoch, e.xid, e.n FROM events AS e
  WHERE e.project = ${PROJECT} AND e.id < $2 ORDER BY e.id DESC LIMIT 1`);

/** The feed is not in the order of times, but nearly: behind an event that is older by more than the disorder stands everything that is sought. */
export async function seekFeed(
  db: Session,
  ...[projectId, at]: Parameters<FeedStore["seekFeed"]>
): Promise<FeedPosition> {
  const state = await readState(db, projectId);
  if (state === null) return START;
  if (at === null) return positionOf(await decidedUpTo(db, projectId, { goal: goalOf(state, null), state }));
  const found = await db.get(FIND_BEFORE, projectId, firstIdAt(at - DISORDER_MS));
  if (found === undefined) return START;
  const [epoch, xid, n] = found;
  const before = { epoch, xid, n };
  return comparePlaces(before, state.expired) < 0 ? START : positionOf(before);
}
