import type { Subscription } from "../../domain/subscription.ts";
import type { Transaction } from "./session.ts";
import { operatorSql } from "./sql.ts";

/*
 * A lease writes down whether it is the last one by the number of attempts that it read, and a change of that number corrects what is leased already. Each would miss the
 * other's if both were under way at once; so until its commit either holds a lock, which leases share.
 */

const KEY = "hashtextextended($1 || $2, 0)";
const SHARE = operatorSql(`SELECT pg_advisory_xact_lock_shared(${KEY})`);
const HOLD = operatorSql(`SELECT pg_advisory_xact_lock(${KEY})`);

type Held = Pick<Subscription, "projectId" | "id">;

/** The number that is read from now on stays until the commit. A push counts no attempt with its lease, and need not know. */
export function shareAttempts(tx: Transaction, { projectId, id }: Held): void {
  tx.send(SHARE, projectId, id);
}

/** Leases that are under way have committed when the next statement begins. */
export function holdAttempts(tx: Transaction, { projectId, id }: Held): void {
  tx.send(HOLD, projectId, id);
}
