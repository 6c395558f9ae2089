import { PRIORITIES, type Priority } from "../../domain/priority.ts";
import type { Database } from "./open-database.ts";
import { sql } from "./sql.ts";

/** As much of an event as its new deliveries need. */
export interface EventHead {
  readonly priority: Priority;
  readonly orderingKeyIndex: string | null;
  readonly position: number | null;
  readonly bytes: number;
  readonly expiresAt: number;
}

type HeadTuple = readonly [
  priority: number,
  orderingKeyIndex: string | null,
  position: number | null,
  bytes: number,
  expiresAt: number,
];

const READ = sql<HeadTuple>(`SELECT priority, ordering_key_index, position, bytes, expires_at
  FROM events WHERE project = ? AND id = ? AND expires_at > ?`);

/** The head of an event, if it is there and not past its last date. */
export function readEventHead(
  db: Database,
  { project, event, now }: { readonly project: number; readonly event: Uint8Array; readonly now: number },
): EventHead | null {
  const tuple = db.get(READ, project, event, now);
  if (tuple === undefined) return null;
  const [number, orderingKeyIndex, position, bytes, expiresAt] = tuple;
  return { priority: PRIORITIES[number] ?? "normal", orderingKeyIndex, position, bytes, expiresAt };
}
