import { matchesEvents, SUBSCRIPTION_LIMITS, type Subscription } from "../../domain/subscription.ts";
import type { CreateSubscriptionOutcome, SubscriptionStore } from "../subscription-store.ts";
import { IS_ABSENT, pause } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { textOf } from "./item.ts";
import { findSubscription, subscriptionItem } from "./subscription-rows.ts";
import { besideOf, besideWrites, projectWrite } from "./subscription-writes.ts";
import { unavailable } from "./translate-errors.ts";
import { TRANSACTION_LIMIT, transact, type Write } from "./write-items.ts";

interface Waiting {
  readonly subscription: Subscription;
  readonly writes: readonly Write[];
  readonly answer: (outcome: CreateSubscriptionOutcome | Promise<CreateSubscriptionOutcome>) => void;
}

/**
 * Every new subscription raises the version on the row of its project. So that calls of one process do not wait for one another there, those that came while a transaction was
 * under way share the next.
 */
export function makeCreateSubscription(dynamo: Dynamo): SubscriptionStore["createSubscription"] {
  const lines = new Map<string, Waiting[]>();
  const run = async (projectId: string, line: Waiting[]) => {
    while (line.length > 0) await createSome(dynamo, projectId, takeSome(line));
    lines.delete(projectId);
  };
  return (subscription) =>
    new Promise((answer) => {
      const { projectId } = subscription;
      const waiting = { subscription, writes: ownWrites(subscription), answer };
      const line = lines.get(projectId);
      if (line !== undefined) {
        line.push(waiting);
        return;
      }
      const begun = [waiting];
      lines.set(projectId, begun);
      void run(projectId, begun);
    });
}

/** As many as fit one transaction. */
function takeSome(line: Waiting[]): Waiting[] {
  let writes = 1;
  let count = 0;
  for (const { writes: own } of line) {
    if (count > 0 && writes + own.length > TRANSACTION_LIMIT) break;
    writes += own.length;
    count += 1;
  }
  return line.splice(0, count);
}

/** What is written for one subscription: its row, then its identity and its name. */
function ownWrites(subscription: Subscription): readonly Write[] {
  const { identity, name, end } = besideWrites(subscription, { to: besideOf(subscription) });
  const put = subscriptionItem({ subscription, queues: 1 });
  return [{ table: "control", put, condition: IS_ABSENT }, ...identity, ...name, ...end];
}

/** Together if all can be; else each by itself, so that none hangs on another. */
async function createSome(dynamo: Dynamo, projectId: string, some: readonly Waiting[]): Promise<void> {
  const together = some.length > 1 && (await tryTogether(dynamo, projectId, some));
  for (const { subscription, answer } of some) {
    if (together) answer({ outcome: "created" });
    else {
      const alone = createOne(dynamo, subscription);
      answer(alone);
      await alone.catch(() => undefined);
    }
  }
}

async function tryTogether(dynamo: Dynamo, projectId: string, some: readonly Waiting[]): Promise<boolean> {
  const names = some.flatMap(({ writes }) => writes.map((write) => ("put" in write ? write.put.sk : "")));
  if (new Set(names).size < names.length) return false;
  const project = projectWrite(projectId, {
    writes: some.length,
    live: liveAmong(some),
    most: SUBSCRIPTION_LIMITS.perProject,
  });
  try {
    return (await transact(dynamo, [project, ...some.flatMap(({ writes }) => writes)])).isDone;
  } catch {
    return false;
  }
}

export function liveAmong(some: readonly { readonly subscription: Subscription }[]): number {
  return some.filter(({ subscription }) => matchesEvents(subscription.state)).length;
}

const ROUNDS = 10;

async function createOne(dynamo: Dynamo, subscription: Subscription): Promise<CreateSubscriptionOutcome> {
  const { projectId, name } = subscription;
  const live = liveAmong([{ subscription }]);
  const most = live === 0 ? null : SUBSCRIPTION_LIMITS.perProject;
  const writes = [projectWrite(projectId, { writes: 1, live, most }), ...ownWrites(subscription)];
  for (let round = 0; round < ROUNDS; round++) {
    const outcome = await transact(dynamo, writes);
    if (outcome.isDone) return { outcome: "created" };
    const sorts = [...outcome.refused.keys()].map((index) => sortOf(writes[index]));
    const isClosed = (await dynamo.places.find(projectId)) === null;
    if (isClosed) return { outcome: "no_project" };
    const same = await sameIdentity(dynamo, subscription, outcome.refused);
    if (same !== null) return { outcome: "exists", subscription: same };
    if (name !== null && sorts.includes(`n#${name}`)) return { outcome: "name_taken" };
    if (outcome.refused.has(0)) return { outcome: "full" };
    await pause(Math.min(round, 3));
  }
  throw unavailable();
}

function sortOf(write: Write | undefined): string {
  return write !== undefined && "put" in write ? write.put.sk : "";
}

async function sameIdentity(
  dynamo: Dynamo,
  { projectId, identity }: Subscription,
  refused: ReadonlyMap<number, { readonly sk: string } | null>,
): Promise<Subscription | null> {
  for (const old of refused.values()) {
    if (old?.sk !== `i#${identity}`) continue;
    const id = textOf(old as never, "id");
    return id === null ? null : ((await findSubscription(dynamo, projectId, id))?.subscription ?? null);
  }
  return null;
}
