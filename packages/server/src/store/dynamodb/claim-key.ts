import { performance } from "node:perf_hooks";
import { timeOfId } from "../../domain/ids.ts";
import type { IdempotencyRow } from "../event-store.ts";
import { type Condition, pause } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { fenceEvent } from "./fence-event.ts";
import { findEventPlaces } from "./find-events.ts";
import { type KeyedItem, numberOf, textOf } from "./item.ts";
import { idempotencyKey, ttlOf } from "./keys.ts";
import { type PlacedRecord, timeOf } from "./placed-record.ts";
import type { Place } from "./places.ts";
import { unavailable } from "./translate-errors.ts";
import { putItem, removeItem } from "./write-items.ts";

/** Whom an idempotency key names. */
export interface StandingKey {
  readonly eventId: string;
  readonly fingerprint: string;
}

const LONGEST_WAIT_MS = 25_000;

interface Claim extends PlacedRecord {
  /** How often its call has let go of the key before. */
  readonly round: number;
}

/**
 * Takes the idempotency key of a record for its event, or gives whom it names already. A row counts only once its event is committed: one whose event does not come
 * is taken over, after its event was fenced. Whoever waits until its own event comes too late for a commit is refused, and finds the key free the next time.
 */
export async function claimKey(dynamo: Dynamo, claim: Claim): Promise<StandingKey> {
  const began = performance.now();
  for (let round = 0; ; round++) {
    const stands = await tryKey(dynamo, claim);
    if (stands !== null) return stands;
    const isTooLate = dynamo.storeTime() - timeOf(claim.record) > dynamo.commitWithinMs;
    if (isTooLate || performance.now() - began > LONGEST_WAIT_MS) throw unavailable();
    await pause(Math.min(round, 4));
  }
}

const TRIES = 10;

/** The same without waiting; null: it names an event of which is not known yet whether it will be committed. */
export async function tryKey(dynamo: Dynamo, { record, place, round }: Claim): Promise<StandingKey | null> {
  const { event, idempotency } = record;
  if (idempotency === null) throw new Error("The record has no idempotency key");
  const item = idempotencyItem(event.projectId, event.id, idempotency);
  const marked = round === 0 ? item : { ...item, r: round };
  const own = { eventId: event.id, fingerprint: idempotency.fingerprint };
  const free = { expression: "attribute_not_exists(pk) OR x <= :at", values: { at: timeOf(record) } };
  let condition: Condition = free;
  for (let tries = 0; tries < TRIES; tries++) {
    const outcome = await putItem(dynamo, "events", { item: marked, condition });
    if (outcome.isDone || textOf(outcome.old ?? {}, "e") === event.id) return own;
    condition = free;
    if (outcome.old === null) continue;
    const standing = standingOf(outcome.old);
    const fate = await fateOf(dynamo, place, standing);
    if (fate === "committed") return standing;
    if (fate === "unknown") return null;
    condition = { expression: "e = :e", values: { e: standing.eventId } };
  }
  return null;
}

/** Lets go of a key that was taken for an event which is not committed yet. A remove that comes late finds the mark of a later round, and does nothing. */
export async function releaseKey(dynamo: Dynamo, { record, round }: Claim): Promise<void> {
  const { event, idempotency } = record;
  if (idempotency === null) return;
  const key = idempotencyKey(event.projectId, idempotency.kind, idempotency.keyIndex);
  const isMarked = round === 0 ? "attribute_not_exists(r)" : "r = :r";
  const values = { e: event.id, ...(round === 0 ? {} : { r: round }) };
  await removeItem(dynamo, "events", { key, condition: { expression: `e = :e AND ${isMarked}`, values } });
}

export function idempotencyItem(projectId: string, eventId: string, row: IdempotencyRow): KeyedItem {
  return {
    ...idempotencyKey(projectId, row.kind, row.keyIndex),
    e: eventId,
    f: row.fingerprint,
    x: row.expiresAt,
    ttl: ttlOf(row.expiresAt),
  };
}

function standingOf(item: KeyedItem): StandingKey & { readonly expiresAt: number } {
  const expiresAt = numberOf(item, "x") ?? 0;
  return { eventId: textOf(item, "e") ?? "", fingerprint: textOf(item, "f") ?? "", expiresAt };
}

/**
 * `never`: the event that the key names was not committed, and will not be. How long it is waited for goes by the event's own time, not by that of a caller: those who send
 * the same again take the key over from one another, and none of them would wait long enough.
 */
async function fateOf(
  dynamo: Dynamo,
  place: Place,
  { eventId, expiresAt }: ReturnType<typeof standingOf>,
): Promise<"committed" | "never" | "unknown"> {
  const found = (await findEventPlaces(dynamo, place, [eventId])).get(eventId)?.kind ?? "nothing";
  if (found === "event" || found === "deleted") return "committed";
  if (found === "fenced") return "never";
  if (dynamo.storeTime() - timeOfId(eventId) < dynamo.keyPatienceMs) return "unknown";
  const isFenced = await fenceEvent(dynamo, place, { eventId, until: expiresAt });
  return isFenced ? "never" : "unknown";
}
