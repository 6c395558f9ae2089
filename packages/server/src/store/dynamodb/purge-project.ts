import { inParallel } from "./connection.ts";
import type { Dynamo } from "./dynamo.ts";
import { type KeyedItem, numberOf, textOf } from "./item.ts";
import { credentialKey, projectKey } from "./keys.ts";
import { removePayload } from "./payloads.ts";
import { type Place, partitionsOf, placeOf } from "./places.ts";
import { lastOf, readItem, readRows, readSome } from "./read-items.ts";
import { removeBelongings } from "./remove-event.ts";
import { removeItem } from "./write-items.ts";

/**
 * Events with all they have first, then what else lies in their partitions, then the rows of the project, last its own. Idempotency rows and counters of ordering keys lie by
 * themselves; the storage's TTL takes them.
 */
export async function purgeProject(dynamo: Dynamo, projectId: string, limit: number): Promise<number> {
  const key = projectKey(projectId);
  const item = await readItem(dynamo, "control", key);
  if (item === null || numberOf(item, "da") === null) return 0;
  const place = placeOf(projectId, { ...item, da: null });
  const ofEvents = place === null ? 0 : await purgeEvents(dynamo, place, limit);
  if (ofEvents > 0) return ofEvents;
  const ofProject = await purgeRows(dynamo, key.pk, limit);
  if (ofProject > 0) return ofProject;
  await removeItem(dynamo, "control", { key, condition: null });
  return 1;
}

async function purgeEvents(dynamo: Dynamo, place: Place, limit: number): Promise<number> {
  for (const hash of partitionsOf(place)) {
    const events = await readSome(dynamo, { table: "events", hash, from: "e#", to: lastOf("e#") }, limit);
    for (const { pk, sk, bk } of events) {
      await removeBelongings(dynamo, place, { pk, eventId: sk.slice(2) });
      await removePayload(dynamo, typeof bk === "string" ? bk : null);
      await removeItem(dynamo, "events", { key: { pk, sk }, condition: null });
    }
    if (events.length > 0) return events.length;
    const left = await readSome(dynamo, { table: "events", hash, from: "a", to: lastOf("z") }, limit);
    await inParallel(left, ({ pk, sk }) =>
      removeItem(dynamo, "events", { key: { pk, sk }, condition: null }),
    );
    if (left.length > 0) return left.length;
  }
  return 0;
}

/** All rows but the project's own and its running jobs: one of them may be doing this. */
async function purgeRows(dynamo: Dynamo, hash: string, limit: number): Promise<number> {
  const rows: KeyedItem[] = [];
  for await (const item of readRows(dynamo, { table: "control", hash, from: "a", to: lastOf("z") })) {
    if (item.sk === "p" || item.js === "running") continue;
    rows.push(item);
    if (rows.length >= limit) break;
  }
  await inParallel(rows, async (row) => {
    const tokenHash = row.sk.startsWith("c#") ? textOf(row, "h") : null;
    if (tokenHash !== null)
      await removeItem(dynamo, "control", { key: credentialKey(tokenHash), condition: null });
    await removeItem(dynamo, "control", { key: { pk: row.pk, sk: row.sk }, condition: null });
  });
  return rows.length;
}
