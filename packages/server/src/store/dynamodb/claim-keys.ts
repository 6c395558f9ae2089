import { claimKey, releaseKey, type StandingKey, tryKey } from "./claim-key.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { idempotencyKey } from "./keys.ts";
import type { PlacedRecord } from "./placed-record.ts";

/**
 * Takes the idempotency keys of records, or gives whom they name already, by the name that the record has here. All at once; but whoever waits for a key of another
 * call holds none that sorts behind it, so that calls whose keys overlap never wait for each other in a circle.
 */
export async function claimKeys<Name>(
  dynamo: Dynamo,
  records: ReadonlyMap<Name, PlacedRecord>,
): Promise<ReadonlyMap<Name, StandingKey>> {
  const standing = new Map<Name, StandingKey>();
  let open = [...records].sort(([, one], [, other]) => (sortKey(one) < sortKey(other) ? -1 : 1));
  for (let round = 0; open.length > 0; round++) {
    await inParallel(open, async ([name, placed]) => {
      const stands = await tryKey(dynamo, { ...placed, round });
      if (stands !== null) standing.set(name, stands);
    });
    const held = open.findIndex(([name]) => !standing.has(name));
    const [awaited, ...behind] = held < 0 ? [] : open.slice(held);
    if (awaited === undefined) break;
    await inParallel(behind, async ([name, placed]) => {
      if (standing.get(name)?.eventId === placed.record.event.id)
        await releaseKey(dynamo, { ...placed, round });
      standing.delete(name);
    });
    const [name, placed] = awaited;
    standing.set(name, await claimKey(dynamo, { ...placed, round: round + 1 }));
    open = behind;
  }
  return standing;
}

function sortKey({ record: { event, idempotency } }: PlacedRecord): string {
  return idempotency === null
    ? ""
    : idempotencyKey(event.projectId, idempotency.kind, idempotency.keyIndex).pk;
}
