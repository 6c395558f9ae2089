import type { EventRecord } from "../store/event-store.ts";
import type { Store } from "../store/store.ts";

/** Asks for leases at once for those of these subscriptions that it serves and can; gives them. */
export type LeaseNow = (subscriptionIds: ReadonlySet<string>) => readonly string[];

/**
 * With a store that writes in order, a push loop leases deliveries while they are being recorded: the lease follows the record into the same transaction, and a webhook leaves after one commit
 * instead of two (docs/decisions/0008-what-a-healthy-endpoint-waits-for.md).
 */
export interface LeaseBehind {
  /** Calls `leaseNow` for each group on its way to the store, until the answer is called. */
  join(leaseNow: LeaseNow): () => void;
  /** A group is on its way. Gives the subscriptions that a lease was asked for, or that wait for a slot. */
  begin(records: readonly EventRecord[]): ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

export function makeLeaseBehind({ writesInOrder }: Pick<Store, "writesInOrder">): LeaseBehind {
  const loops = new Set<LeaseNow>();
  return {
    join(leaseNow) {
      loops.add(leaseNow);
      return () => void loops.delete(leaseNow);
    },
    begin(records) {
      if (!writesInOrder || loops.size === 0) return NONE;
      const ids = subscriptionsOf(records);
      return new Set([...loops].flatMap((leaseNow) => leaseNow(ids)));
    },
  };
}

function subscriptionsOf(records: readonly EventRecord[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { plan, isWide } of records) {
    if (isWide) continue;
    for (const { subscriptionId } of plan) ids.add(subscriptionId);
  }
  return ids;
}
