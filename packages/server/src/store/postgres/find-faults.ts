import type { StoreFault } from "../copy-store.ts";
import type { Session } from "./session.ts";
import { operatorSql, type Sql } from "./sql.ts";

type Count = readonly [number];

/** Rows of `table` (under the name `t`) for which `isFault`. */
function count(table: string, isFault: string): Sql<Count> {
  return operatorSql<Count>(`SELECT count(*)::bigint FROM ${table} AS t WHERE ${isFault}`);
}

/** Rows that something is missing of. Of a closed project rows may be left: its job removes them. */
function missing(table: string, other: string, match: string): Sql<Count> {
  return count(table, `NOT EXISTS (SELECT 1 FROM ${other} AS o WHERE o.project = t.project AND ${match})`);
}

const ofNoProject = (table: string) => count(table, "t.project NOT IN (SELECT number FROM projects)");

const SAME_DELIVERY = "o.event = t.event AND o.subscription = t.subscription AND o.cause = t.cause";
const OPEN_WITHOUT_SUBSCRIPTION = count(
  "deliveries_open",
  `t.shelf IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM subscriptions AS s WHERE s.project = t.project AND s.id = t.subscription)`,
);
const MISPLACED = count(
  "deliveries",
  "(t.state < 2) <> (t.shelf IS NOT NULL) OR (t.lane_key IS NULL AND t.shelf IS NOT NULL AND t.ready_at IS NULL)",
);
const TWICE = count(
  "deliveries_open",
  `EXISTS (SELECT 1 FROM deliveries_over AS o WHERE o.project = t.project AND ${SAME_DELIVERY})`,
);
const LATE_KEYS =
  operatorSql<Count>(`SELECT count(*)::bigint FROM (SELECT project, lane_key, max(position) AS last
    FROM deliveries WHERE lane_key IS NOT NULL GROUP BY project, lane_key) AS d
  LEFT JOIN ordering_keys AS k ON k.project = d.project AND k.key_index = d.lane_key
  WHERE k.position IS NULL OR k.position < d.last`);
/** A lane hands out its head alone, from the time its rows say; a dead head nothing. */
const LANES = operatorSql<Count>(`SELECT count(*)::bigint FROM (SELECT
    count(*) FILTER (WHERE ready_at IS NOT NULL) AS shown,
    max(ready_at) AS ready_at,
    min(position) FILTER (WHERE ready_at IS NOT NULL) AS shown_at,
    min(position) AS head,
    (array_agg(state ORDER BY position, event, cause))[1] AS state,
    greatest((array_agg(due_at ORDER BY position, event, cause))[1], max(due_at) FILTER (WHERE state = 1)) AS due_at
  FROM deliveries_open WHERE lane_key IS NOT NULL GROUP BY project, subscription, lane_key) AS l
  WHERE CASE WHEN l.state = 3 THEN l.shown <> 0
    ELSE l.shown <> 1 OR l.shown_at <> l.head OR l.ready_at <> l.due_at END`);

type Check = readonly [kind: StoreFault["kind"], what: string, statement: Sql<Count>];

const CHECKS: readonly Check[] = [
  ["orphan", "deliveries of an event that is gone", missing("deliveries", "events", "o.id = t.event")],
  ["orphan", "deliveries of a subscription that is gone", OPEN_WITHOUT_SUBSCRIPTION],
  ["orphan", "attempts of a delivery that is gone", missing("attempts", "deliveries", SAME_DELIVERY)],
  ["orphan", "plans of an event that is gone", missing("plans", "events", "o.id = t.event")],
  ["orphan", "credentials of a project that is gone", ofNoProject("credentials")],
  ["orphan", "keys of a project that is gone", ofNoProject("wrapped_keys")],
  ["orphan", "subscriptions of a project that is gone", ofNoProject("subscriptions")],
  ["orphan", "events of a project that is gone", ofNoProject("events")],
  ["integrity", "deliveries are both open and over", TWICE],
  ["lane", "deliveries stand where no lease looks for them", MISPLACED],
  ["lane", "ordering keys are behind the positions they gave", LATE_KEYS],
  ["lane", "lanes do not hand out their head, or hand out others", LANES],
];

/** The server looks after its files itself; this looks at what stands in them. */
export async function findFaults(db: Session, limit: number): Promise<StoreFault[]> {
  const faults: StoreFault[] = [];
  for (const [kind, what, statement] of CHECKS) {
    const [found = 0] = (await db.get(statement)) ?? [];
    if (found > 0) faults.push({ kind, detail: `${found} ${what}` });
  }
  return faults.slice(0, limit);
}
