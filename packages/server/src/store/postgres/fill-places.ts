import { type Delivery, type DeliveryCommand, leaseToken, transition } from "../../domain/delivery.ts";
import type { Subscription } from "../../domain/subscription.ts";
import { lockFreeKeys } from "./lanes.ts";
import { type Change, removeRows, storeChanges } from "./queue.ts";
import type { Row } from "./rows.ts";
import type { Transaction } from "./session.ts";
import { type Places, type TakenRow, takeReady } from "./take-ready.ts";

/** What a lease has got so far. */
export interface Haul {
  readonly deliveries: Delivery[];
  readonly died: Delivery[];
  bytes: number;
  isFull: boolean;
}

export interface Search extends Places {
  readonly subscription: Subscription;
}

/** One round over what is ready; true if another one may find more for the places that are left. */
export async function fillPlaces(tx: Transaction, search: Search, haul: Haul): Promise<boolean> {
  const { projectId, now, limit } = search.request;
  const rows = await withoutBusyLanes(tx, search, await takeReady(tx, search, haul.deliveries.length));
  const dropped: Row[] = [];
  const changes: Change[] = [];
  for (const row of rows) {
    if (row.delivery.expiresAt <= now) dropped.push(row);
    else changes.push(...handOut(search, haul, row));
    if (haul.isFull) break;
  }
  removeRows(tx, projectId, dropped);
  storeChanges(tx, projectId, changes);
  const hasFreed = dropped.length > 0 || changes.some(({ delivery }) => delivery.state === "dead");
  return hasFreed && !haul.isFull && haul.deliveries.length < limit;
}

/** None if the row's bytes are too many for this lease. */
function handOut(search: Search, haul: Haul, row: TakenRow): Change[] {
  const { request } = search;
  const { bytes } = row.delivery;
  if (haul.deliveries.length > 0 && haul.bytes + bytes > request.maxBytes) {
    haul.isFull = true;
    return [];
  }
  const wanted = leaseCommand(search, haul.deliveries.length, row.maxAttempts);
  const result = transition(row.delivery, wanted, request.now);
  if (result.outcome !== "changed") return [];
  const { delivery } = result;
  if (delivery.state === "dead") haul.died.push(delivery);
  else {
    haul.deliveries.push(delivery);
    haul.bytes += bytes;
  }
  return [{ row, wanted, delivery }];
}

function leaseCommand(
  { request, subscription }: Search,
  place: number,
  maxAttempts: number,
): DeliveryCommand {
  return {
    kind: "lease",
    token: leaseToken(request.leaseId, place),
    until: request.until,
    maxAttempts,
    countsAttempt: subscription.channel === "inbox",
  };
}

/**
 * What dies or is dropped leaves its lane, whose key is locked for that: not waited for, since the rows are locked already, which everybody else does after the key. Where
 * another one has the key, the row is left to a later lease.
 */
async function withoutBusyLanes(
  tx: Transaction,
  search: Search,
  rows: readonly TakenRow[],
): Promise<readonly TakenRow[]> {
  const { projectId, now } = search.request;
  const leaving = new Map<Row, string>();
  for (const row of rows) {
    const { lane, expiresAt, state } = row.delivery;
    // Only what was held before can be found dead.
    const mayLeave = expiresAt <= now || state === "leased";
    if (lane !== null && mayLeave) leaving.set(row, lane.key);
  }
  if (leaving.size === 0) return rows;
  const held = await lockFreeKeys(tx, projectId, [...new Set(leaving.values())].sort());
  return rows.filter((row) => held.has(leaving.get(row) ?? "") || !leaving.has(row));
}
