import type { StoreFault } from "../copy-store.ts";
import { laneDueAt, laneFront, outOf } from "./lanes.ts";
import type { Database } from "./open-database.ts";
import { operatorSql, type Sql, sql } from "./sql.ts";

/** Rows that something is missing of; each statement gives how many there are. */
const ORPHANS: readonly (readonly [what: string, statement: Sql<readonly [number]>])[] = [
  ["deliveries of an event that is gone", orphans("deliveries", "events", "id = event")],
  ["deliveries of a subscription that is gone", openOrphans()],
  ["attempts of a delivery that is gone", orphans("attempts", "deliveries", delivery("attempts"))],
  ["plans of an event that is gone", orphans("plans", "events", "id = event")],
  ["credentials of a project that is gone", ofNoProject("credentials")],
  ["keys of a project that is gone", ofNoProject("wrapped_keys")],
  ["subscriptions of a project that is gone", ofNoProject("subscriptions")],
  ["events of a project that is gone", ofNoProject("events")],
];

function orphans(table: string, other: string, match: string) {
  return operatorSql<readonly [number]>(`SELECT count(*) FROM ${table} WHERE NOT EXISTS
    (SELECT 1 FROM ${other} AS o WHERE o.project = ${table}.project AND o.${match})`);
}

function openOrphans() {
  return operatorSql<
    readonly [number]
  >(`SELECT count(*) FROM deliveries WHERE shelf IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM subscriptions AS s WHERE s.project = deliveries.project AND s.id = subscription)`);
}

function delivery(table: string): string {
  return `event = ${table}.event AND o.subscription = ${table}.subscription AND o.cause = ${table}.cause`;
}

/** Of a closed project rows may be left: its job removes them. */
function ofNoProject(table: string) {
  return operatorSql<readonly [number]>(
    `SELECT count(*) FROM ${table} WHERE project NOT IN (SELECT number FROM projects)`,
  );
}

const INTEGRITY = operatorSql<readonly [string]>("PRAGMA integrity_check(20)");
const LANES = operatorSql<readonly [project: number, subscription: Uint8Array, key: string]>(
  `SELECT DISTINCT project, subscription, lane_key FROM deliveries INDEXED BY deliveries_lane
  WHERE lane_key IS NOT NULL AND (state < 2 OR (state = 3 AND parks = 1))`,
);
const FINDABLE = sql<readonly [position: number, readyAt: number]>(`SELECT position, ready_at
  FROM deliveries WHERE project = ? AND subscription = ? AND lane_key = ? AND shelf IS NOT NULL AND ready_at IS NOT NULL`);
const LATE_KEYS = operatorSql<
  readonly [number]
>(`SELECT count(*) FROM (SELECT project, lane_key, max(position) AS last
  FROM deliveries WHERE lane_key IS NOT NULL GROUP BY project, lane_key) AS d
  LEFT JOIN ordering_keys AS k ON k.project = d.project AND k.key_index = d.lane_key
  WHERE k.position IS NULL OR k.position < d.last`);
const MISPLACED = operatorSql<readonly [number]>(`SELECT count(*) FROM deliveries
  WHERE (state < 2) <> (shelf IS NOT NULL) OR (lane_key IS NULL AND shelf IS NOT NULL AND ready_at IS NULL)`);

export function findFaults(db: Database, limit: number): StoreFault[] {
  const faults: StoreFault[] = [];
  const say = (kind: StoreFault["kind"], detail: string) => faults.push({ kind, detail });
  for (const [line] of db.all(INTEGRITY)) if (line !== "ok") say("integrity", line);
  for (const [what, statement] of ORPHANS)
    tell(db.get(statement), (count) => say("orphan", `${count} ${what}`));
  tell(db.get(MISPLACED), (count) => say("lane", `${count} deliveries stand where no lease looks for them`));
  tell(db.get(LATE_KEYS), (count) =>
    say("lane", `${count} ordering keys are behind the positions they gave`),
  );
  for (const detail of lanesWithoutHead(db)) {
    if (faults.length >= limit) break;
    say("lane", detail);
  }
  return faults.slice(0, limit);
}

function tell(row: readonly [number] | undefined, say: (count: number) => void): void {
  if (row !== undefined && row[0] > 0) say(row[0]);
}

/** A lane hands out its head alone, from the time its rows say. */
function* lanesWithoutHead(db: Database): Generator<string> {
  for (const [project, subscription, key] of db.all(LANES)) {
    const owner = { project, subscription };
    const [head] = laneFront(db, owner, key);
    if (head === undefined) continue;
    const readyAt = laneDueAt(head, outOf(db, owner, key));
    const wanted = readyAt === null ? [] : [[head.position, readyAt]];
    const found = db.all(FINDABLE, project, subscription, key);
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      yield `a lane of project ${project} should hand out position ${head.position} and does not, or hands out others`;
  }
}
