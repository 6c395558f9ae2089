import type { Delivery } from "../../domain/delivery.ts";
import { showHeads } from "./lanes.ts";
import { bigints, booleans, integers, smallints, texts, uuids } from "./pack-arrays.ts";
import { isOver, placeOf } from "./queue.ts";
import { causeValue, SHELF, stateNumber } from "./rows.ts";
import type { Transaction } from "./session.ts";
import { operatorSql } from "./sql.ts";

const NAMES = `event, subscription, cause, state, shelf, rank, is_over, ready_at, due_at, created_at, expires_at, leased_at,
  settled_at, attempt, attempt_base, takeovers, bytes, lease_token, state_reason, lane_key, position, parks`;
const TYPES = `$2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::smallint[], $7::smallint[], $8::boolean[],
  $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::integer[], $16::integer[],
  $17::integer[], $18::integer[], $19::text[], $20::text[], $21::text[], $22::bigint[], $23::boolean[]`;
/** Leased with no attempt left. */
const IS_LAST = `w.state = ${stateNumber("leased")} AND coalesce((SELECT w.attempt - w.attempt_base >= s.max_attempts
  FROM subscriptions AS s WHERE s.project = p.number AND s.id = w.subscription), false)`;
const INSERT = operatorSql(`INSERT INTO deliveries (project, is_last, ${NAMES})
  SELECT p.number, ${IS_LAST}, ${NAMES.replaceAll(/\w+/g, "w.$&")}
  FROM unnest($1::text[], ${TYPES}) AS w (project_id, ${NAMES})
  JOIN projects AS p ON p.id = w.project_id ON CONFLICT DO NOTHING`);

/** Until it is known who stands first, nobody does. */
const HIDE = operatorSql(`UPDATE deliveries_open AS d SET ready_at = NULL,
    shelf = CASE d.state WHEN ${stateNumber("pending")} THEN ${SHELF.blocked} ELSE d.shelf END
  FROM unnest($1::text[], $2::uuid[], $3::text[]) AS l (project_id, subscription, key)
  JOIN projects AS p ON p.id = l.project_id
  WHERE d.project = p.number AND d.subscription = l.subscription AND d.lane_key = l.key AND d.ready_at IS NOT NULL`);

/** Deliveries in whatever state; their lanes then find their heads anew. */
export async function importDeliveries(tx: Transaction, deliveries: readonly Delivery[]): Promise<void> {
  await tx.run(INSERT, ...valuesOf(deliveries));
  const laned = deliveries.flatMap(({ projectId, subscriptionId, lane }) =>
    lane === null ? [] : [{ projectId, subscriptionId, key: lane.key }],
  );
  if (laned.length === 0) return;
  await tx.run(
    HIDE,
    texts(laned.map(({ projectId }) => projectId)),
    uuids(laned.map(({ subscriptionId }) => subscriptionId)),
    texts(laned.map(({ key }) => key)),
  );
  for (const projectId of new Set(laned.map((lane) => lane.projectId))) {
    showHeads(
      tx,
      projectId,
      laned.filter((lane) => lane.projectId === projectId),
    );
  }
}

function valuesOf(deliveries: readonly Delivery[]): Buffer[] {
  const places = deliveries.map((delivery) => placeOf(delivery, delivery.lane === null));
  const lanes = deliveries.map(({ lane }) => lane);
  return [
    texts(deliveries.map(({ projectId }) => projectId)),
    uuids(deliveries.map(({ eventId }) => eventId)),
    uuids(deliveries.map(({ subscriptionId }) => subscriptionId)),
    uuids(deliveries.map(({ cause }) => causeValue(cause))),
    smallints(deliveries.map(({ state }) => stateNumber(state))),
    smallints(places.map(([shelf]) => shelf)),
    smallints(deliveries.map(({ rank }) => rank)),
    booleans(deliveries.map(isOver)),
    bigints(places.map(([, readyAt]) => readyAt)),
    bigints(deliveries.map(({ dueAt }) => dueAt)),
    bigints(deliveries.map(({ createdAt }) => createdAt)),
    bigints(deliveries.map(({ expiresAt }) => expiresAt)),
    bigints(deliveries.map(({ leasedAt }) => leasedAt)),
    bigints(deliveries.map(({ settledAt }) => settledAt)),
    integers(deliveries.map(({ attempt }) => attempt)),
    integers(deliveries.map(({ attemptBase }) => attemptBase)),
    integers(deliveries.map(({ takeovers }) => takeovers)),
    integers(deliveries.map(({ bytes }) => bytes)),
    texts(deliveries.map(({ leaseToken }) => leaseToken)),
    texts(deliveries.map(({ stateReason }) => stateReason)),
    texts(lanes.map((lane) => lane?.key ?? null)),
    bigints(lanes.map((lane) => lane?.position ?? null)),
    booleans(lanes.map((lane) => lane?.parks ?? null)),
  ];
}
