import type { Blobs } from "../../blobs/blobs.ts";
import type { Connection } from "./connection.ts";
import type { Heat } from "./heat.ts";
import type { Places } from "./places.ts";
import type { QueueShards } from "./queue-shards.ts";

/** What every operation of this store works with. */
export interface Dynamo extends Connection {
  /** For contents that are too large for a row. */
  readonly blobs: Blobs;
  readonly places: Places;
  readonly queueShards: QueueShards;
  readonly heat: Heat;
  /** What a lease of this process is trying for. */
  readonly inHand: Set<string>;
  /** Up to which time this process has seen to the backlog, by project. */
  readonly backlogSeen: Map<string, number>;
  /** Retention removes rows instead of leaving that to the storage's TTL. */
  readonly removesEarly: boolean;
  /** The feed shows what is at least so old. */
  readonly feedDelayMs: number;
  /** A commit that is not through so long after its event's time is given up. */
  readonly commitWithinMs: number;
  /** So old an event becomes that an idempotency key names and that is not there, before it is fenced. */
  readonly keyPatienceMs: number;
  /** The time of the service. */
  storeTime(): number;
}
