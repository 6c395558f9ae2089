import type { EventRecord, RecordOutcome } from "../store/event-store.ts";
import { deliveryTopic, feedTopic } from "../wakeups/topics.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import type { ExpandPlans } from "./expand-plans.ts";
import type { BeginCommit } from "./group-commit.ts";
import type { LeaseBehind } from "./lease-behind.ts";

interface Parts {
  readonly leaseBehind: Pick<LeaseBehind, "begin">;
  readonly wakeups: Pick<Wakeups, "wake">;
  readonly expandPlans: Pick<ExpandPlans, "soon">;
}

/** Leases behind what is being committed, and wakes whoever else waits for it once it is. */
export function makeBeginCommit(parts: Parts): BeginCommit {
  return (records) => {
    const leased = parts.leaseBehind.begin(records);
    return (outcomes) => tellOf(parts, { records, outcomes, leased });
  };
}

interface Committed {
  readonly records: readonly EventRecord[];
  readonly outcomes: readonly RecordOutcome[];
  /** Subscriptions that nobody has to be woken for. */
  readonly leased: ReadonlySet<string>;
}

function tellOf({ wakeups, expandPlans }: Parts, { records, outcomes, leased }: Committed): void {
  const subscriptions = new Set<string>();
  const projects = new Set<string>();
  for (const [index, { event, plan }] of records.entries()) {
    const outcome = outcomes[index];
    if (outcome?.outcome !== "created") continue;
    projects.add(event.projectId);
    if (outcome.isPlanned) expandPlans.soon({ projectId: event.projectId, eventId: event.id });
    else for (const { subscriptionId } of plan) subscriptions.add(subscriptionId);
  }
  for (const id of subscriptions) if (!leased.has(id)) wakeups.wake(deliveryTopic(id));
  for (const id of projects) wakeups.wake(feedTopic(id));
}
