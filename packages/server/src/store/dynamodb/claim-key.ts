import { performance } from "node:perf_hooks";
import type { EventRecord, IdempotencyRow } from "../event-store.ts";
import { pause } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { fenceEvent } from "./fence-event.ts";
import { findEventPlaces } from "./find-events.ts";
import { type KeyedItem, numberOf, textOf } from "./item.ts";
import { idempotencyKey, ttlOf } from "./keys.ts";
import { timeOf } from "./placed-record.ts";
import type { Place } from "./places.ts";
import { unavailable } from "./translate-errors.ts";
import { putItem } from "./write-items.ts";

/** Whom an idempotency key names. */
export interface StandingKey {
  readonly eventId: string;
  readonly fingerprint: string;
}

const LONGEST_WAIT_MS = 25_000;

/**
 * Takes the idempotency key of a record for its event, or gives whom it names already. A row counts only once its event is committed: one whose event does not come
 * is taken over, after its event was fenced.
 */
export async function claimKey(
  dynamo: Dynamo,
  { record, place }: { readonly record: EventRecord; readonly place: Place },
): Promise<StandingKey> {
  const { event, idempotency } = record;
  if (idempotency === null) throw new Error("The record has no idempotency key");
  const item = rowOf(event.projectId, event.id, idempotency);
  const own = { eventId: event.id, fingerprint: idempotency.fingerprint };
  const free = { expression: "attribute_not_exists(pk) OR x <= :at", values: { at: timeOf(record) } };
  const began = performance.now();
  let condition: Parameters<typeof putItem>[2]["condition"] = free;
  for (let round = 0; performance.now() - began < LONGEST_WAIT_MS; round++) {
    const outcome = await putItem(dynamo, "events", { item, condition });
    if (outcome.isDone || textOf(outcome.old ?? {}, "e") === event.id) return own;
    condition = free;
    if (outcome.old === null) continue;
    const standing = standingOf(outcome.old);
    const waited = performance.now() - began;
    const fate = await fateOf(dynamo, { place, standing, isPatient: waited < dynamo.keyPatienceMs });
    if (fate === "committed") return standing;
    if (fate === "never") condition = { expression: "e = :e", values: { e: standing.eventId } };
    else await pause(Math.min(round, 4));
  }
  throw unavailable();
}

function rowOf(projectId: string, eventId: string, row: IdempotencyRow): KeyedItem {
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

interface Question {
  readonly place: Place;
  readonly standing: StandingKey & { readonly expiresAt: number };
  readonly isPatient: boolean;
}

/** `never`: the event that the key names was not committed, and will not be. */
async function fateOf(
  dynamo: Dynamo,
  { place, standing, isPatient }: Question,
): Promise<"committed" | "never" | "unknown"> {
  const { eventId, expiresAt } = standing;
  const found = (await findEventPlaces(dynamo, place, [eventId])).get(eventId)?.kind ?? "nothing";
  if (found === "event" || found === "deleted") return "committed";
  if (found === "fenced") return "never";
  if (isPatient) return "unknown";
  const isFenced = await fenceEvent(dynamo, place, { eventId, until: expiresAt });
  return isFenced ? "never" : "unknown";
}
