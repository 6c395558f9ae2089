import { timeOfId } from "../../domain/ids.ts";
import type { EventRecord, IdempotencyRow, RecordOutcome } from "../event-store.ts";
import { bigints, texts, uuids } from "./pack-arrays.ts";
import type { Transaction } from "./session.ts";
import { fewRows, PROJECT, sql } from "./sql.ts";

/** Those whose idempotency key is another event's, with what they are told. */
export type Refused = ReadonlyMap<EventRecord, RecordOutcome>;

interface KeyedRecord extends EventRecord {
  readonly idempotency: IdempotencyRow;
}

const CLAIMED = "kind, key_index, fingerprint, event, claimed_at, expires_at";

/** Waits for others that are about to claim the same keys. A row past its last date counts as absent; any other stays as it is, locked. */
const CLAIM = sql<
  readonly [kind: string, keyIndex: string]
>(`INSERT INTO idempotency AS i (project, ${CLAIMED})
  SELECT p.number, w.* FROM projects AS p CROSS JOIN
    unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::bigint[], $7::bigint[]) AS w (${CLAIMED})
  WHERE p.id = $1 AND p.deleted_at IS NULL
  ON CONFLICT (project, kind, key_index) DO UPDATE SET fingerprint = excluded.fingerprint, event = excluded.event,
    claimed_at = excluded.claimed_at, expires_at = excluded.expires_at
    WHERE i.expires_at <= excluded.claimed_at
  RETURNING kind, key_index`);

type OwnerTuple = readonly [
  kind: string,
  keyIndex: string,
  fingerprint: string,
  eventId: string,
  expiresAt: number,
];

const READ = sql<OwnerTuple>(`SELECT i.kind, i.key_index, i.fingerprint, i.event, i.expires_at
  FROM ${fewRows("$2::text[], $3::text[]", "w (kind, key_index)")}
  JOIN idempotency AS i ON i.project = ${PROJECT} AND i.kind = w.kind AND i.key_index = w.key_index`);

/** Who has a key. */
interface Owner {
  readonly fingerprint: string;
  readonly eventId: string;
  readonly expiresAt: number;
}

/** Claims the idempotency keys of records, sorted. Of equal keys the first record gets it and the others are its replays. */
export async function claimKeys(
  tx: Transaction,
  projectId: string,
  records: readonly EventRecord[],
): Promise<Refused> {
  const refused = new Map<EventRecord, RecordOutcome>();
  let waiting = records.filter(isKeyed);
  // One round, unless a key ends before a later record of this very call is accepted.
  while (waiting.length > 0) {
    const owners = await claimOnce(tx, projectId, waiting);
    const claims = waiting.map((record) => [record, claimOf(record, owners.get(nameOf(record)))] as const);
    for (const [record, claim] of claims) if (typeof claim === "object") refused.set(record, claim);
    waiting = claims.flatMap(([record, claim]) => (claim === "free" ? [record] : []));
  }
  return refused;
}

function isKeyed(record: EventRecord): record is KeyedRecord {
  return record.idempotency !== null;
}

/** Tries for the first record of each key; gives who has the keys then. */
async function claimOnce(
  tx: Transaction,
  projectId: string,
  records: readonly KeyedRecord[],
): Promise<ReadonlyMap<string, Owner>> {
  const first = new Map(records.toReversed().map((record) => [nameOf(record), record]));
  const inOrder = [...first.keys()].sort().flatMap((name) => first.get(name) ?? []);
  const rows = inOrder.map(({ idempotency }) => idempotency);
  const kinds = texts(rows.map(({ kind }) => kind));
  const keys = texts(rows.map(({ keyIndex }) => keyIndex));
  const claimed = await tx.all(
    CLAIM,
    ...[projectId, kinds, keys],
    texts(rows.map(({ fingerprint }) => fingerprint)),
    uuids(inOrder.map(({ event }) => event.id)),
    bigints(inOrder.map(({ event }) => timeOfId(event.id))),
    bigints(rows.map(({ expiresAt }) => expiresAt)),
  );
  const owners = new Map(
    claimed.flatMap(([kind, key]) => {
      const winner = first.get(textOf(kind, key));
      return winner === undefined ? [] : [[textOf(kind, key), ownerOf(winner)] as const];
    }),
  );
  if (claimed.length === inOrder.length) return owners;
  for (const [kind, key, fingerprint, eventId, expiresAt] of await tx.all(READ, projectId, kinds, keys))
    owners.set(textOf(kind, key), { fingerprint, eventId, expiresAt });
  return owners;
}

/** `free`: the owner's time is over. */
function claimOf(
  { event, idempotency }: KeyedRecord,
  owner: Owner | undefined,
): RecordOutcome | "own" | "free" {
  if (owner === undefined) return { outcome: "no_project" };
  if (owner.eventId === event.id) return "own";
  if (owner.expiresAt <= timeOfId(event.id)) return "free";
  if (owner.fingerprint !== idempotency.fingerprint) return { outcome: "key_reused" };
  return { outcome: "replayed", eventId: owner.eventId };
}

function ownerOf({ event, idempotency }: KeyedRecord): Owner {
  return { ...idempotency, eventId: event.id };
}

function nameOf({ idempotency: { kind, keyIndex } }: KeyedRecord): string {
  return textOf(kind, keyIndex);
}

function textOf(kind: string, keyIndex: string): string {
  return `${kind} ${keyIndex}`;
}
