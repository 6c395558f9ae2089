import { expectStatus, readFeed } from "../harness/calls.ts";
import type { Client, EventView } from "../harness/client.ts";

/** What callers were told, to be held against what is there in the end. */
export interface Ledger {
  /** Payload, as it was sent, of each event that was acknowledged to its sender. */
  readonly accepted: ReadonlyMap<string, string>;
  /** Events whose delivery was acknowledged by a consumer, and told so. */
  readonly consumed: ReadonlySet<string>;
  readonly faults: readonly string[];
  /** A payload that was never sent before: its `n` is its own. */
  nextPayload(padding: number): string;
  noteAccepted(eventId: string, payload: string): void;
  noteFault(text: string): void;
  /** Hand this to `noteHandedOut` with what the lease gave that was asked for now. */
  beginLease(): number;
  noteHandedOut(began: number, deliveryIds: readonly string[]): void;
  noteConsumed(deliveryId: string, eventId: string): void;
  /** Resolves when so many events are accepted. */
  whenAccepted(count: number): Promise<void>;
}

export function makeLedger(): Ledger {
  const accepted = new Map<string, string>();
  const consumed = new Set<string>();
  /** By delivery: how many acknowledgements had been answered when its own was. */
  const acknowledgedAt = new Map<string, number>();
  const faults: string[] = [];
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  let payloads = 0;
  return {
    ...{ accepted, consumed, faults },
    nextPayload: (padding) => {
      payloads += 1;
      // What a parser would not give back as it was: a number beyond doubles, keys out of order, blanks.
      return `{"n": ${payloads}, "big":${"9".repeat(25)}.0,  "b":"é","a":[ ],"pad":"${"x".repeat(padding)}"}`;
    },
    noteAccepted(eventId, payload) {
      const before = accepted.get(eventId);
      if (before !== undefined && before !== payload) faults.push(`${eventId} was answered for two payloads`);
      accepted.set(eventId, payload);
      for (const one of waiting) {
        if (accepted.size < one.count) continue;
        waiting.delete(one);
        one.resolve();
      }
    },
    noteFault: (text) => void faults.push(text),
    beginLease: () => acknowledgedAt.size,
    noteHandedOut(began, deliveryIds) {
      for (const id of deliveryIds)
        if ((acknowledgedAt.get(id) ?? began) < began)
          faults.push(`delivery ${id} was handed out after it was acknowledged`);
    },
    noteConsumed(deliveryId, eventId) {
      if (!acknowledgedAt.has(deliveryId)) acknowledgedAt.set(deliveryId, acknowledgedAt.size);
      consumed.add(eventId);
    },
    whenAccepted(count) {
      if (accepted.size >= count) return Promise.resolve();
      return new Promise((resolve) => waiting.add({ count, resolve }));
    },
  };
}

/** How what is there differs from what was told. All zero: nothing was lost, changed or doubled. */
export interface Balance {
  readonly lost: number;
  readonly changed: number;
  readonly doubled: number;
}

/** Compares the feed and the exact bytes of every accepted payload with the ledger. */
export async function balance(client: Client, { accepted }: Ledger): Promise<Balance> {
  const there = await readFeed(client);
  const ids = new Set(there.map(({ id }) => id));
  const present = [...accepted].filter(([id]) => ids.has(id));
  return {
    lost: accepted.size - present.length,
    changed: await countChanged(client, present),
    doubled: there.length - new Set(there.map(numberOf)).size,
  };
}

/** No payload was sent as two events: a sender repeats it only with its idempotency key. */
function numberOf({ payload }: EventView): unknown {
  return payload.n;
}

async function countChanged(client: Client, events: readonly (readonly [string, string])[]): Promise<number> {
  let next = 0;
  let changed = 0;
  const compare = async () => {
    for (let event = events[next++]; event !== undefined; event = events[next++]) {
      const answer = await client.send("GET", `/v1/events/${event[0]}/payload`);
      expectStatus(answer, 200);
      if (answer.bytes.toString() !== event[1]) changed += 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, compare));
  return changed;
}
