import { transition } from "../../domain/delivery.ts";
import type { DeliveryStore, SettleOutcome } from "../delivery-store.ts";
import { settleCommand, settleOutcome } from "../settle-command.ts";
import { DELIVERIES_OF_KEYS, keyArrays } from "./delivery-keys.ts";
import { type CountedAttempt, insertAttempts } from "./insert-attempts.ts";
import { lockKeys } from "./lanes.ts";
import type { Database } from "./open-database.ts";
import { type Change, isOver, storeChanges } from "./queue.ts";
import { DELIVERY_COLUMNS, type DeliveryTuple, keyText, type Row, rowOf } from "./rows.ts";
import type { Transaction } from "./session.ts";
import { sql } from "./sql.ts";

type Request = Parameters<DeliveryStore["settleDeliveries"]>[0];

/**
 * Two round trips, if none of the deliveries stands in a lane: the keys of lanes are locked before deliveries, so with those that turn out to stand in one it begins
 * again.
 */
export async function settleDeliveries(db: Database, request: Request): Promise<readonly SettleOutcome[]> {
  let laneKeys: readonly string[] = [];
  for (;;) {
    const held = laneKeys;
    const answer = await db.transact((tx) => settleAll(tx, request, held));
    if ("outcomes" in answer) return answer.outcomes;
    laneKeys = [...new Set([...laneKeys, ...answer.laneKeys])].sort();
  }
}

type Answer =
  | { readonly outcomes: readonly SettleOutcome[] }
  /** Nothing was done: these are to be locked first. */
  | { readonly laneKeys: readonly string[] };

async function settleAll(tx: Transaction, request: Request, held: readonly string[]): Promise<Answer> {
  const { projectId } = request;
  await lockKeys(tx, projectId, held);
  const { rows, isSteady } = await lockAll(tx, request);
  const laneKeys = [...rows.values()].flatMap(({ delivery: { lane } }) => (lane === null ? [] : [lane.key]));
  const isHeld = laneKeys.every((key) => held.includes(key));
  return isHeld && isSteady ? { outcomes: applyAll(tx, request, rows) } : { laneKeys };
}

const LOCK = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERIES_OF_KEYS} WHERE NOT d.is_over
  ORDER BY d.event, d.subscription, d.cause FOR UPDATE OF d`);
const READ = sql<DeliveryTuple>(`SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERIES_OF_KEYS}`);

interface Found {
  readonly rows: ReadonlyMap<string, Row>;
  /** False: one came back from those that are over meanwhile and is not locked. */
  readonly isSteady: boolean;
}

/** What is over no settle changes: it need not be locked, and is looked for only where something is missing. */
async function lockAll(tx: Transaction, { projectId, settles }: Request): Promise<Found> {
  const keys = new Map(settles.map((settle) => [keyText(settle), settle]));
  const tuples = await tx.all(LOCK, projectId, ...keyArrays([...keys.values()]));
  const rows = new Map(tuples.map((tuple) => named(rowOf(projectId, tuple))));
  const missing = [...keys].flatMap(([name, key]) => (rows.has(name) ? [] : [key]));
  if (missing.length === 0) return { rows, isSteady: true };
  const others = (await tx.all(READ, projectId, ...keyArrays(missing))).map((tuple) =>
    rowOf(projectId, tuple),
  );
  const isSteady = others.every(({ delivery }) => isOver(delivery));
  return { rows: new Map([...rows, ...others.map(named)]), isSteady };
}

function named(row: Row): readonly [string, Row] {
  return [keyText(row.delivery), row];
}

/** One after the other: a call may name a delivery twice. */
function applyAll(
  tx: Transaction,
  { projectId, now, settles }: Request,
  rows: ReadonlyMap<string, Row>,
): SettleOutcome[] {
  const changes = new Map<string, Change>();
  const attempts: CountedAttempt[] = [];
  const outcomes = settles.map((settle): SettleOutcome => {
    const name = keyText(settle);
    const row = rows.get(name);
    const before = changes.get(name)?.delivery ?? row?.delivery;
    if (row === undefined || before === undefined || before.expiresAt <= now) return { outcome: "not_found" };
    const wanted = settleCommand(settle);
    const result = transition(before, wanted, now);
    if (result.outcome !== "changed") return settleOutcome(result);
    changes.set(name, { row, wanted, delivery: result.delivery });
    if (settle.attempt !== null && settle.verb.kind !== "extend")
      attempts.push({ ...settle.attempt, delivery: result.delivery });
    return settleOutcome(result);
  });
  storeChanges(tx, projectId, [...changes.values()]);
  insertAttempts(tx, projectId, attempts);
  return outcomes;
}
