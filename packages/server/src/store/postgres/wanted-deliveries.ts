import type { DeliveryKey } from "../../domain/ids.ts";
import { DELIVERIES_OF_KEYS, keyArrays } from "./delivery-keys.ts";
import { takersAmong } from "./lean-subscriptions.ts";
import { causeOf, keyText } from "./rows.ts";
import type { Transaction } from "./session.ts";
import { sql } from "./sql.ts";

const READ_KEYS = sql<readonly [event: string, subscription: string, cause: string]>(
  `SELECT d.event, d.subscription, d.cause FROM ${DELIVERIES_OF_KEYS}`,
);

/** Those of these deliveries that are not there yet and whose subscription takes them. Their events are locked, so that nobody else adds one. */
export async function wantedAmong<Key extends DeliveryKey>(
  tx: Transaction,
  projectId: string,
  { keys, now }: { readonly keys: readonly Key[]; readonly now: number },
): Promise<readonly Key[]> {
  if (keys.length === 0) return [];
  const ids = keys.map(({ subscriptionId }) => subscriptionId);
  const [there, takers] = await Promise.all([
    tx.all(READ_KEYS, projectId, ...keyArrays(keys)),
    takersAmong(tx, projectId, { ids, now }),
  ]);
  const known = new Set(
    there.map(([eventId, subscriptionId, cause]) =>
      keyText({ eventId, subscriptionId, cause: causeOf(cause) }),
    ),
  );
  const wanted = new Map<string, Key>();
  for (const key of keys) {
    const text = keyText(key);
    if (takers.has(key.subscriptionId) && !known.has(text) && !wanted.has(text)) wanted.set(text, key);
  }
  return [...wanted.values()];
}
