import type { CopiedRows } from "../copy-store.ts";
import { idempotencyItem } from "./claim-key.ts";
import { IS_ABSENT } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { type KeyedItem, numberOf } from "./item.ts";
import { eventSort, ttlOf } from "./keys.ts";
import { type Place, partitionFor } from "./places.ts";
import { goneItem } from "./rows.ts";
import { putItem } from "./write-items.ts";

/** A key that names an event: the event is told until when, and one that was deleted leaves its mark, without which the key would be free. */
export async function importIdempotency(
  dynamo: Dynamo,
  place: Place,
  { projectId, eventId, ...row }: CopiedRows["idempotency"],
): Promise<void> {
  const event = { pk: partitionFor(place, eventId), sk: eventSort(eventId) };
  const mark = goneItem(event, "deleted", row.expiresAt);
  const marked = await putItem(dynamo, "events", { item: mark, condition: IS_ABSENT });
  if (!marked.isDone && marked.old !== null) await keepAsLong(dynamo, marked.old, row.expiresAt);
  const item = idempotencyItem(projectId, eventId, row);
  await putItem(dynamo, "events", { item, condition: IS_ABSENT });
}

/** The row of an event outlives its own last date as long as a key names it. */
async function keepAsLong(dynamo: Dynamo, event: KeyedItem, expiresAt: number): Promise<void> {
  const ttl = Math.max(numberOf(event, "ttl") ?? 0, ttlOf(expiresAt));
  const condition = { expression: "attribute_exists(pk) AND attribute_not_exists(g)" };
  await putItem(dynamo, "events", { item: { ...event, nu: expiresAt, ttl }, condition });
}
