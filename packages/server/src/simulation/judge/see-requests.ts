import { type Facts, isAheadOf } from "./facts.ts";
import type { Ledger } from "./ledger.ts";

/** A request to an endpoint begins. Each is one attempt, but those that nobody lived to count. */
export function noteRequest(facts: Facts, ledger: Ledger, name: string): void {
  const count = (ledger.requests.get(name) ?? 0) + 1;
  ledger.requests.set(name, count);
  const fact = facts.deliveries.get(name);
  if (fact === undefined || fact.isRedriven) return;
  const most = (facts.subscriptions.get(fact.key.subscriptionId)?.maxAttempts ?? 0) + ledger.troubles;
  if (count > most)
    facts.world.fail("attempts are counted", `${name} is sent for the ${count}th time, ${most} are allowed`);
}

/** An endpoint has a delivery: for the first time, nothing before it in its lane may be waiting. */
export function checkArrival(facts: Facts, ledger: Ledger, name: string): void {
  const fact = facts.deliveries.get(name);
  if (ledger.arrived.has(name) || fact === undefined) return;
  ledger.arrived.add(name);
  if (fact.lane === null || fact.isRedriven) return;
  const before = facts.lanes.get(fact.lane)?.find((other) => isAheadOf(other, fact));
  if (before !== undefined) facts.world.fail("order per key", `${name} arrived before ${before.id}`);
}
