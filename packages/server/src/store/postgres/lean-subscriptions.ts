import { stateAt } from "../../domain/subscription.ts";
import { uuids } from "./pack-arrays.ts";
import { idValue } from "./rows.ts";
import type { Session } from "./session.ts";
import { PROJECT, sql } from "./sql.ts";
import { SUBSCRIPTION_COLUMNS, type SubscriptionTuple, subscriptionOf } from "./subscription-rows.ts";

/** The columns of a subscription without its content, which may be long and is sealed. */
export const LEAN_COLUMNS = SUBSCRIPTION_COLUMNS.replace("s.sealed", "''::bytea");

const READ = sql<SubscriptionTuple>(`SELECT ${LEAN_COLUMNS} FROM subscriptions AS s
  WHERE s.project = ${PROJECT} AND s.id = ANY($2::uuid[])`);

/** Those of these subscriptions that have neither ended nor been deleted. */
export async function takersAmong(
  db: Session,
  projectId: string,
  { ids, now }: { readonly ids: readonly string[]; readonly now: number },
): Promise<ReadonlySet<string>> {
  const found = await db.all(READ, projectId, uuids([...new Set(ids)].map(idValue)));
  const taking = found.filter((tuple) => {
    const state = stateAt(subscriptionOf(projectId, tuple), now);
    return state !== "ended" && state !== "deleted";
  });
  return new Set(taking.map(([id]) => id));
}
