import { matchAlike, matchesEvents, type Subscription } from "../../domain/subscription.ts";
import type { SubscriptionStore } from "../subscription-store.ts";
import { pause } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { openProjectCheck } from "./project-rows.ts";
import { findSubscription, type SubscriptionRow, subscriptionItem } from "./subscription-rows.ts";
import { besideOf, besideWrites, projectWrite } from "./subscription-writes.ts";
import { unavailable } from "./translate-errors.ts";
import { transact, type Write } from "./write-items.ts";

type Outcome = Awaited<ReturnType<SubscriptionStore["changeSubscription"]>>;

const ROUNDS = 10;

export async function changeSubscription(dynamo: Dynamo, subscription: Subscription): Promise<Outcome> {
  const { projectId, id, version } = subscription;
  for (let round = 0; round < ROUNDS; round++) {
    const known = await findSubscription(dynamo, projectId, id);
    if (known === null) return "not_found";
    if (known.subscription.version !== version - 1) return "conflict";
    const outcome = await writeChange(dynamo, known, subscription);
    if (outcome !== "again") return outcome;
    await pause(Math.min(round, 3));
  }
  throw unavailable();
}

async function writeChange(
  dynamo: Dynamo,
  known: SubscriptionRow,
  subscription: Subscription,
): Promise<Outcome | "again"> {
  const { projectId, version } = subscription;
  const live = Number(matchesEvents(subscription.state)) - Number(matchesEvents(known.subscription.state));
  const to = besideOf(subscription);
  const { identity, name, end } = besideWrites(subscription, { from: besideOf(known.subscription), to });
  const own: Write = {
    table: "control",
    put: subscriptionItem({ subscription, queues: known.queues }),
    // The shards of its queue may be doubled meanwhile.
    condition: {
      expression: `v = :v AND ${known.queues === 1 ? "attribute_not_exists(qn)" : "qn = :q"}`,
      values: { v: version - 1, q: known.queues === 1 ? null : known.queues },
    },
  };
  const project = matchAlike(known.subscription, subscription)
    ? openProjectCheck(projectId)
    : projectWrite(projectId, { writes: 1, live, most: null });
  const outcome = await transact(dynamo, [own, project, ...name, ...identity, ...end]);
  if (outcome.isDone) return "changed";
  if (outcome.refused.has(0)) return "again";
  if (outcome.refused.has(1)) return "not_found";
  const isNameTaken = [...outcome.refused.keys()].some((index) => index < 2 + name.length);
  return isNameTaken ? "name_taken" : "conflict";
}
