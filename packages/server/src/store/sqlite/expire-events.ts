import { firstIdAt, timeOfId, uuidBytes, uuidText } from "../../domain/ids.ts";
import type { ExpireOutcome, ExpireRequest } from "../event-store.ts";
import type { Database } from "./open-database.ts";
import { command } from "./queue.ts";
import { removeEvent } from "./remove-event.ts";
import { DELIVERY_COLUMNS, type DeliveryTuple, type ProjectRef, rowOf } from "./rows.ts";
import { sql } from "./sql.ts";

type Expired = ExpireOutcome["expired"][number];

/** A step ends early once it has changed so many rows: the writer serves nobody else meanwhile. */
const MOST_ROWS = 5_000;

interface Found {
  readonly id: string;
  readonly event: Uint8Array;
  readonly n: number;
}

export function expireEvents(db: Database, request: ExpireRequest): ExpireOutcome {
  const number = db.projectNumber(request.projectId);
  if (number === null) return { removed: 0, expired: [], nextId: null };
  const project = { id: request.projectId, number };
  const found = eventsToLookAt(db, project, request);
  const step = { removed: 0, expired: [] as Expired[], rows: 0, lastN: 0, lastId: "" };
  for (const one of found) {
    if (isOver(db, project, { one, request })) {
      step.rows += removeEvent(db, number, one.event);
      step.lastN = Math.max(step.lastN, one.n);
      step.removed += 1;
    } else step.expired.push(...giveUp(db, project, { one, request }));
    step.lastId = one.id;
    if (step.rows + step.expired.length >= MOST_ROWS) break;
  }
  if (step.removed > 0) db.run(RAISE_EXPIRED, step.lastN, number);
  const isDone = found.length < request.limit && step.lastId === (found.at(-1)?.id ?? "");
  return { removed: step.removed, expired: step.expired, nextId: isDone ? null : step.lastId };
}

const READ = sql<readonly [Uint8Array, number]>(
  "SELECT id, n FROM events WHERE project = ? AND id > ? AND id < ? ORDER BY id LIMIT ? + 0",
);
const RAISE_EXPIRED = sql("UPDATE projects SET expired_n = max(expired_n, ?) WHERE number = ?");

function eventsToLookAt(db: Database, { number }: ProjectRef, request: ExpireRequest): Found[] {
  const { settledBefore, backlogBefore, goneBefore, afterId, limit } = request;
  const before = firstIdAt(Math.max(settledBefore, backlogBefore, goneBefore));
  const after = afterId === null ? new Uint8Array(0) : uuidBytes(afterId);
  return db
    .all(READ, number, after, uuidBytes(before), limit)
    .map(([event, n]) => ({ id: uuidText(event), event, n }));
}

interface Look {
  readonly one: Found;
  readonly request: ExpireRequest;
}

const IS_WANTED = sql<readonly [number]>(`SELECT 1 WHERE
  EXISTS (SELECT 1 FROM deliveries WHERE project = ?1 AND event = ?2 AND state IN (0, 1, 3))
  OR EXISTS (SELECT 1 FROM plans WHERE project = ?1 AND event = ?2)`);

function isOver(db: Database, { number }: ProjectRef, { one, request }: Look): boolean {
  const at = timeOfId(one.id);
  if (at < request.goneBefore) return true;
  return at < request.settledBefore && db.get(IS_WANTED, number, one.event) === undefined;
}

const READ_OPEN = sql<DeliveryTuple>(
  `SELECT ${DELIVERY_COLUMNS} FROM deliveries WHERE project = ? AND event = ? AND state < 2`,
);

function giveUp(db: Database, project: ProjectRef, { one, request }: Look): Expired[] {
  if (timeOfId(one.id) >= request.backlogBefore) return [];
  const wanted = { kind: "give_up", reason: "expired" } as const;
  const rows = db.all(READ_OPEN, project.number, one.event).map((tuple) => rowOf(project, tuple));
  for (const row of rows) command(db, row, { wanted, now: request.now });
  return rows.map(({ delivery }) => ({ subscriptionId: delivery.subscriptionId, eventId: one.id }));
}
