import { TriggersError } from "../domain/errors.ts";
import type { StoredEvent } from "../domain/event.ts";
import { firstIdAt, timeOfId } from "../domain/ids.ts";
import { type EventStatus, statusOf } from "../domain/status.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { unpackContent } from "./event-content.ts";
import { readAsEffective } from "./read-fates.ts";
import { requireSeal } from "./require-seal.ts";
import type { EventFilter, EventPage, EventQuery, EventView } from "./views.ts";

/** A page that filters while it scans ends after so many rows or ms, short or empty. */
const SCAN_ROWS = 5_000;
const SCAN_MS = 1_000;
const SCAN_STEP = 250;

export interface ReadParts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** Opens the content of an event. */
export async function openEvent(
  sealer: Sealer,
  event: StoredEvent,
  status: EventStatus | null,
): Promise<EventView> {
  const plain = await (await requireSeal(sealer, event.projectId)).open(event.id, "event", event.sealed);
  return { event, content: unpackContent(plain), status };
}

/** True if the event passes what is compared in the clear. */
export function passes(event: StoredEvent, filter: EventFilter, subjectIndex: string | null): boolean {
  const { type, source, tag, after, before } = filter;
  const at = timeOfId(event.id);
  return (
    (type === null || matchesType(event.type, type)) &&
    (source === null || event.source === source) &&
    (tag === null || event.tags.includes(tag)) &&
    (subjectIndex === null || event.subjectIndex === subjectIndex) &&
    (after === null || at >= after) &&
    (before === null || at < before)
  );
}

function matchesType(type: string | null, wanted: string): boolean {
  if (type === null) return false;
  return wanted.endsWith("*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

/** The blind index of the subject asked for. */
export async function subjectIndexOf(
  sealer: Sealer,
  projectId: string,
  subject: string | null,
): Promise<string | null> {
  return subject === null ? null : (await requireSeal(sealer, projectId)).blindIndex("subject", subject);
}

export async function readEvent(
  parts: ReadParts,
  wish: { readonly projectId: string; readonly eventId: string; readonly withStatus: boolean },
): Promise<EventView> {
  const { projectId, eventId } = wish;
  const [event] = await parts.store.readEvents(projectId, [eventId], parts.clock.now());
  if (event === undefined) throw eventNotFound();
  return openEvent(parts.sealer, event, wish.withStatus ? await readStatus(parts, event) : null);
}

export function eventNotFound(): TriggersError {
  return new TriggersError("not_found", "There is no event with this id.");
}

async function readStatus({ store, clock }: ReadParts, event: StoredEvent): Promise<EventStatus> {
  const { projectId, id } = event;
  if (event.isPlanned && (await store.countPlan(projectId, id)) > 0) return "pending";
  const deliveries = await store.readDeliveriesOfEvents(projectId, [id]);
  return statusOf(await readAsEffective(store, deliveries, clock.now()));
}

/** One page of events, see `GET /v1/events`. */
export async function listEvents(parts: ReadParts, projectId: string, query: EventQuery): Promise<EventPage> {
  const subjectIndex = await subjectIndexOf(parts.sealer, projectId, query.subject);
  const scan = query.order === "newest" ? scanNewest : scanOldest;
  const startedAt = parts.clock.monotonic();
  const draft: Draft = { query, subjectIndex, views: [], bytes: 0 };
  let position = query.position;
  for (let rows = 0; ; ) {
    const step = await scan(parts, { projectId, query, position, subjectIndex });
    const stoppedAt = await fill(draft, parts, { step, position });
    if (stoppedAt !== "at the end") return { views: draft.views, nextPosition: stoppedAt };
    position = step.end;
    rows += step.items.length;
    if (step.isEnd) return { views: draft.views, nextPosition: endOf(query, position) };
    const isLong = rows >= SCAN_ROWS || parts.clock.monotonic() - startedAt >= SCAN_MS;
    if (isLong) return { views: draft.views, nextPosition: position };
  }
}

interface Draft {
  readonly query: EventQuery;
  readonly subjectIndex: string | null;
  readonly views: EventView[];
  bytes: number;
}

/** Takes what fits from a step; gives the position before the first event that no longer does. */
async function fill(
  draft: Draft,
  parts: ReadParts,
  { step, position }: { readonly step: ScanStep; readonly position: string | null },
): Promise<string | null> {
  const { query, views } = draft;
  const needsStatus = query.withStatus || query.status !== null;
  const statuses = needsStatus
    ? await readStatuses(parts, step.items)
    : new Map<string, EventStatus | null>();
  let before = position;
  for (const { event, position: own } of step.items) {
    const status = statuses.get(event.id) ?? null;
    if (passes(event, query, draft.subjectIndex) && (query.status === null || status === query.status)) {
      const isFull =
        views.length >= query.limit || (views.length > 0 && draft.bytes + event.bytes > query.maxBytes);
      if (isFull) return before;
      draft.bytes += event.bytes;
      views.push(await openEvent(parts.sealer, event, query.withStatus ? status : null));
    }
    before = own;
  }
  return "at the end";
}

/** The feed goes on for ever, the list of what is older ends. */
function endOf(query: EventQuery, end: string | null): string | null {
  return query.order === "oldest" ? end : null;
}

interface ScanStep {
  readonly items: readonly { readonly event: StoredEvent; readonly position: string }[];
  readonly end: string | null;
  readonly isEnd: boolean;
}

interface ScanWish {
  readonly projectId: string;
  readonly query: EventQuery;
  readonly position: string | null;
  readonly subjectIndex: string | null;
}

async function scanNewest(
  { store, clock }: ReadParts,
  { projectId, query, position, subjectIndex }: ScanWish,
): Promise<ScanStep> {
  const limit = Math.min(SCAN_STEP, query.limit + 1);
  const events = await store.listEvents({
    projectId,
    now: clock.now(),
    beforeId: position ?? (query.before === null ? null : firstIdAt(query.before)),
    fromId: query.after === null ? null : firstIdAt(query.after),
    subjectIndex,
    limit,
  });
  const items = events.map((event) => ({ event, position: event.id }));
  return { items, end: items.at(-1)?.position ?? position, isEnd: events.length < limit };
}

async function scanOldest(
  { store, clock }: ReadParts,
  { projectId, query, position, subjectIndex }: ScanWish,
): Promise<ScanStep> {
  const limit = Math.min(SCAN_STEP, query.limit + 1);
  const after = position ?? (query.after === null ? null : await store.seekFeed(projectId, query.after));
  const page = await store.readFeed({ projectId, after, subjectIndex, limit, now: clock.now() });
  if (page.outcome !== "page") throw refusePosition(page.outcome);
  return { items: page.items, end: page.end, isEnd: page.items.length < limit };
}

/** The refusal of a feed position. */
export function refusePosition(outcome: "expired" | "malformed"): TriggersError {
  return outcome === "expired"
    ? new TriggersError(
        "position_expired",
        "Events behind this position are no longer kept; start again without it.",
      )
    : new TriggersError("invalid_cursor", "Use a position as it was answered.");
}

async function readStatuses(
  { store, clock }: ReadParts,
  items: ScanStep["items"],
): Promise<ReadonlyMap<string, EventStatus | null>> {
  const statuses = new Map<string, EventStatus | null>();
  const [first] = items;
  if (first === undefined) return statuses;
  const ids = items.filter(({ event }) => !event.isPlanned).map(({ event }) => event.id);
  const rows = await store.readDeliveriesOfEvents(first.event.projectId, ids);
  const byEvent = Map.groupBy(await readAsEffective(store, rows, clock.now()), ({ eventId }) => eventId);
  for (const { event } of items)
    statuses.set(event.id, event.isPlanned ? null : statusOf(byEvent.get(event.id) ?? []));
  return statuses;
}
