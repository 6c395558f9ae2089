import type { Leased } from "../../harness/client.ts";

/** One hand-over, as it was answered. Times are those of the store, in ms since the epoch. */
interface HandedOut {
  readonly token: string;
  readonly from: number;
  /** Until then nobody else may have it, unless it was settled before. */
  until: number;
}

/** All hand-overs that consumers told of. */
export interface Leases {
  note(leased: Leased, leaseSeconds: number): void;
  /** Call before a release is sent: from now on somebody else may have it. `at`: in ms since the epoch. */
  noteGivenBack(leased: Leased, at: number): void;
  /** Hand-overs that began while another of the same delivery was alive, in words. */
  findDouble(): readonly string[];
  tokens(): number;
}

export function makeLeases(): Leases {
  const byDelivery = new Map<string, HandedOut[]>();
  const of = (deliveryId: string) => {
    const noted = byDelivery.get(deliveryId) ?? [];
    byDelivery.set(deliveryId, noted);
    return noted;
  };
  return {
    note({ delivery_id, lease_token, lease_expires_at }, leaseSeconds) {
      const until = Date.parse(lease_expires_at);
      of(delivery_id).push({ token: lease_token, from: until - leaseSeconds * 1_000, until });
    },
    noteGivenBack({ delivery_id, lease_token }, at) {
      for (const one of of(delivery_id)) if (one.token === lease_token) one.until = Math.min(one.until, at);
    },
    findDouble: () => [...byDelivery].flatMap(([id, noted]) => overlaps(id, noted)),
    tokens: () => new Set([...byDelivery.values()].flat().map(({ token }) => token)).size,
  };
}

function overlaps(deliveryId: string, noted: readonly HandedOut[]): string[] {
  const inOrder = noted.toSorted((a, b) => a.from - b.from);
  return inOrder.flatMap((one, index) => {
    const before = inOrder[index - 1];
    if (before === undefined || (one.from >= before.until && one.token !== before.token)) return [];
    return [`${deliveryId} from ${one.from} though held until ${before.until}`];
  });
}
