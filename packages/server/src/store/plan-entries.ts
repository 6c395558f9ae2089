import { uuidText, writeUuid } from "../domain/ids.ts";
import type { PlannedDelivery } from "./event-store.ts";

/** What one entry of a stored plan takes: 16 for its subscription, one for its flags. */
export const ENTRY_BYTES = 17;
const FLAGS_AT = ENTRY_BYTES - 1;
const ORDERED = 1;
const PARKS = 2;

/** A plan as its stores keep it. Ten thousand entries take 170 KB. */
export function packEntries(entries: readonly PlannedDelivery[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * ENTRY_BYTES);
  for (const [index, { subscriptionId, ordered, parks }] of entries.entries()) {
    const at = index * ENTRY_BYTES;
    writeUuid(subscriptionId, bytes, at);
    bytes[at + FLAGS_AT] = (ordered ? ORDERED : 0) | (parks ? PARKS : 0);
  }
  return bytes;
}

export function unpackEntries(bytes: Uint8Array): PlannedDelivery[] {
  const entries: PlannedDelivery[] = [];
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
    const flags = bytes[at + FLAGS_AT] ?? 0;
    const subscriptionId = uuidText(bytes.subarray(at, at + FLAGS_AT));
    entries.push({ subscriptionId, ordered: (flags & ORDERED) !== 0, parks: (flags & PARKS) !== 0 });
  }
  return entries;
}
