import type { EventRecord, RecordOutcome } from "../event-store.ts";
import type { StandingKey } from "./claim-key.ts";
import { claimKeys } from "./claim-keys.ts";
import { commitEvents } from "./commit-events.ts";
import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { noteWrites } from "./grow-shards.ts";
import type { PlacedRecord } from "./placed-record.ts";
import { recordInLine } from "./record-in-line.ts";

/**
 * Records without an ordering key are committed together; those of one ordering key one after the other. Of equal idempotency keys in one call the first goes
 * through and the others are judged by it.
 */
export async function recordEvents(
  dynamo: Dynamo,
  records: readonly EventRecord[],
): Promise<readonly RecordOutcome[]> {
  const outcomes: RecordOutcome[] = [];
  const placed = new Map<number, PlacedRecord>();
  await inParallel(records, async (record, index) => {
    const place = await dynamo.places.find(record.event.projectId);
    if (place === null) outcomes[index] = { outcome: "no_project" };
    else placed.set(index, { record, place });
  });
  const { first, followers } = byIdempotencyKey(placed);
  const of = (index: number) => placed.get(index) as PlacedRecord;
  const keyed = first.filter((index) => of(index).record.idempotency !== null);
  const standing = await claimKeys(dynamo, new Map(keyed.map((index) => [index, of(index)])));
  for (const [index, stands] of standing) {
    const { record } = of(index);
    if (stands.eventId !== record.event.id) outcomes[index] = judge(record, stands);
  }
  const going = first.filter((index) => outcomes[index] === undefined);
  await commitAll(dynamo, { placed, going, outcomes });
  for (const [index, leader] of followers) {
    const stands = standing.get(leader);
    if (stands !== undefined) outcomes[index] = judge(of(index).record, stands);
  }
  return outcomes;
}

/** Indices of the records that go through, in their order, and of those that wait for one of them. */
function byIdempotencyKey(placed: ReadonlyMap<number, PlacedRecord>) {
  const leaders = new Map<string, number>();
  const first: number[] = [];
  const followers = new Map<number, number>();
  for (const index of [...placed.keys()].sort((a, b) => a - b)) {
    const { idempotency, event } = (placed.get(index) as PlacedRecord).record;
    const name = idempotency && `${event.projectId} ${idempotency.kind} ${idempotency.keyIndex}`;
    const leader = name === null ? undefined : leaders.get(name);
    if (leader !== undefined) {
      followers.set(index, leader);
      continue;
    }
    if (name !== null) leaders.set(name, index);
    first.push(index);
  }
  return { first, followers };
}

interface Going {
  readonly placed: ReadonlyMap<number, PlacedRecord>;
  readonly outcomes: RecordOutcome[];
}

function judge({ idempotency }: EventRecord, standing: StandingKey): RecordOutcome {
  return standing.fingerprint === idempotency?.fingerprint
    ? { outcome: "replayed", eventId: standing.eventId }
    : { outcome: "key_reused" };
}

async function commitAll(
  dynamo: Dynamo,
  { placed, going, outcomes }: Going & { readonly going: readonly number[] },
): Promise<void> {
  const of = (index: number) => placed.get(index) as PlacedRecord;
  const plain = going.filter((index) => of(index).record.event.orderingKeyIndex === null);
  const lines = new Map<string, number[]>();
  for (const index of going) {
    const { projectId, orderingKeyIndex } = of(index).record.event;
    if (orderingKeyIndex === null) continue;
    const name = `${projectId} ${orderingKeyIndex}`;
    lines.set(name, [...(lines.get(name) ?? []), index]);
  }
  const committing = commitEvents(dynamo, plain.map(of)).then(() => {
    for (const index of plain) outcomes[index] = { outcome: "created", isPlanned: of(index).record.isWide };
  });
  const inLine = inParallel([...lines.values()], async (indices) => {
    for (const index of indices) outcomes[index] = await recordInLine(dynamo, of(index));
  });
  // Both end before either's failure is told: nothing is under way any more when the caller hears of it.
  const ended = await Promise.allSettled([committing, inLine]);
  for (const one of ended) if (one.status === "rejected") throw one.reason;
  // What is stored is stored; whoever writes next will see again that it is hot.
  await noteWrites(dynamo, going.map(of)).catch(() => undefined);
}
