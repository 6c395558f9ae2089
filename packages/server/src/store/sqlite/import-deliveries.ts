import { attemptsLeft, type Delivery } from "../../domain/delivery.ts";
import type { CopiedRows } from "../copy-store.ts";
import { showHead } from "./lanes.ts";
import type { Database } from "./open-database.ts";
import { type RowKey, rowKey, SHELF, stateNumber } from "./rows.ts";
import { insertAttempt } from "./settle-deliveries.ts";
import { sql } from "./sql.ts";
import { findSubscription } from "./subscription-rows.ts";

const INSERT = sql(`INSERT INTO deliveries (project, event, subscription, cause, state, shelf, rank,
  ready_at, due_at, attempt, attempt_base, takeovers, bytes, created_at, expires_at, leased_at, settled_at,
  lease_token, state_reason, is_last, lane_key, position, parks)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);

/** A delivery in whatever state; its lane then finds its head anew. */
export function importDelivery(db: Database, delivery: Delivery): void {
  const key = keyOf(db, delivery);
  const { project, event, subscription, cause } = key;
  const { state, rank, dueAt, lane } = delivery;
  const [shelf, readyAt] = placeOf(delivery);
  db.run(
    INSERT,
    ...[project, event, subscription, cause, stateNumber(state), shelf, rank, readyAt, dueAt],
    ...[delivery.attempt, delivery.attemptBase, delivery.takeovers, delivery.bytes, delivery.createdAt],
    ...[delivery.expiresAt, delivery.leasedAt, delivery.settledAt, delivery.leaseToken, delivery.stateReason],
    isLast(db, delivery, key) ? 1 : null,
    ...[lane?.key ?? null, lane?.position ?? null, lane === null ? null : Number(lane.parks)],
  );
  if (lane !== null) showHead(db, key, lane.key);
}

function placeOf({ state, dueAt, lane }: Delivery): readonly [shelf: number | null, readyAt: number | null] {
  if (state === "leased") return [SHELF.leased, lane === null ? dueAt : null];
  if (state !== "pending") return [null, null];
  return lane === null ? [SHELF.pending, dueAt] : [SHELF.blocked, null];
}

function isLast(db: Database, delivery: Delivery, key: RowKey): boolean {
  if (delivery.state !== "leased") return false;
  const project = { id: delivery.projectId, number: key.project };
  const subscription = findSubscription(db, project, key.subscription);
  return subscription !== null && attemptsLeft(delivery, subscription.maxAttempts) <= 0;
}

const IS_ATTEMPT = sql<readonly [number]>(`SELECT 1 FROM attempts
  WHERE project = ? AND event = ? AND subscription = ? AND cause = ? AND number = ?`);

export function importAttempt(db: Database, attempt: CopiedRows["attempts"]): void {
  const key = keyOf(db, attempt);
  const values = [key.project, key.event, key.subscription, key.cause, attempt.number];
  if (db.get(IS_ATTEMPT, ...values) === undefined) insertAttempt(db, key, attempt);
}

function keyOf(db: Database, row: CopiedRows["attempts"] | Delivery): RowKey {
  const project = db.projectNumber(row.projectId);
  if (project === null) throw new Error("A row came before its project");
  return rowKey(project, row);
}
