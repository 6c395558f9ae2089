import { type Delivery, type DeliveryCommand, type Transition, transition } from "../../domain/delivery.ts";
import type { DeliveryKey } from "../../domain/ids.ts";
import { laneWrites, readLane } from "./change-lane.ts";
import { pause } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { deliveryName, findDeliveries } from "./find-events.ts";
import { deliverySort } from "./keys.ts";
import type { Lane } from "./lane-rows.ts";
import type { Place } from "./places.ts";
import { changedRow, type DeliveryRow, deliveryItem, deliveryRow } from "./rows.ts";
import { unavailable } from "./translate-errors.ts";
import { putItem, removeItem, transact, type Write } from "./write-items.ts";

/** What is to become of a delivery: its changed row, `null` to remove it, or `keep`. */
export type Decision = DeliveryRow | null | "keep";

const ROUNDS = 20;

/**
 * Changes one delivery, and its lane with it, against the version that was read; somebody else's change in between makes `decide` look again. Gives the row that
 * `decide` saw last, or null where there is none.
 */
export async function changeDelivery(
  dynamo: Dynamo,
  { place, key, row, beside = [] }: ChangeWish,
  decide: (row: DeliveryRow) => Decision | Promise<Decision>,
): Promise<DeliveryRow | null> {
  let known = row ?? (await readDeliveryRow(dynamo, place, key));
  for (let round = 0; round < ROUNDS; round++) {
    if (known === null) return null;
    const decision = await decide(known);
    if (decision === "keep") return known;
    const written = await writeDecision(dynamo, { place, known, decision, beside });
    if (written === "done") return known;
    if (round > 2) await pause(Math.min(round - 3, 4));
    known = written === "changed" ? await readDeliveryRow(dynamo, place, key) : written;
  }
  throw unavailable();
}

export interface ChangeWish {
  readonly place: Place;
  readonly key: DeliveryKey;
  /** As it was read last; absent: it is read. */
  readonly row?: DeliveryRow;
  /** Writes that belong to the change. */
  readonly beside?: readonly Write[];
}

export async function readDeliveryRow(
  dynamo: Dynamo,
  place: Place,
  key: DeliveryKey,
): Promise<DeliveryRow | null> {
  return (await findDeliveries(dynamo, place, [key])).get(deliveryName(key)) ?? null;
}

interface Writing {
  readonly place: Place;
  readonly known: DeliveryRow;
  readonly decision: DeliveryRow | null;
  readonly beside: readonly Write[];
}

/** `changed`: somebody else was first; where it is known, what stands there now. */
async function writeDecision(
  dynamo: Dynamo,
  { place, known, decision, beside }: Writing,
): Promise<"done" | "changed" | DeliveryRow | null> {
  const { pk, delivery } = known;
  const condition = isVersion(known);
  if (delivery.lane !== null || beside.length > 0) {
    const writes = await changeWrites(dynamo, { place, known, decision });
    return (await transact(dynamo, [...writes, ...beside])).isDone ? "done" : "changed";
  }
  const outcome =
    decision === null
      ? await removeItem(dynamo, "events", { key: { pk, sk: deliverySort(delivery) }, condition })
      : await putItem(dynamo, "events", { item: deliveryItem(decision), condition });
  if (outcome.isDone) return "done";
  return outcome.old === null ? null : deliveryRow(place.projectId, outcome.old);
}

function isVersion({ version }: DeliveryRow) {
  return { expression: "v = :v", values: { v: version } };
}

/** The writes of one change with those of its lane. `lane`: as it was read, strongly; absent: it is read. */
export async function changeWrites(
  dynamo: Dynamo,
  wish: Omit<Writing, "beside"> & { readonly lane?: Lane },
): Promise<readonly Write[]> {
  const { place, known, decision } = wish;
  const { pk, delivery } = known;
  const condition = isVersion(known);
  const own: Write =
    decision === null
      ? { table: "events", remove: { pk, sk: deliverySort(delivery) }, condition }
      : { table: "events", put: deliveryItem(decision), condition };
  if (delivery.lane === null) return [own];
  const { projectId, subscriptionId } = delivery;
  const lane = wish.lane ?? (await readLane(dynamo, { projectId, subscriptionId, key: delivery.lane.key }));
  const change = { before: delivery, after: decision?.delivery ?? null };
  return [own, ...(await laneWrites(dynamo, { place, lane, change }))];
}

/** Applies a command to one delivery; null where there is none (or it is past its last date). */
export async function applyCommand(
  dynamo: Dynamo,
  wish: ChangeWish & { readonly now: number },
  command: DeliveryCommand,
): Promise<Transition | null> {
  let result: Transition | null = null;
  await changeDelivery(dynamo, wish, (row) => {
    result = null;
    if (row.delivery.expiresAt <= wish.now) return "keep";
    const applied = transition(row.delivery, command, wish.now);
    result = applied;
    if (applied.outcome !== "changed") return "keep";
    return changedRow(row, applied.delivery, { keepsPlace: command.kind === "extend" });
  });
  return result;
}

/** The delivery of a transition that changed it. */
export function changedDelivery(result: Transition | null): Delivery | null {
  return result?.outcome === "changed" ? result.delivery : null;
}
