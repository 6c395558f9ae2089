import type { Delivery } from "../../domain/delivery.ts";
import type { AttemptRow } from "../delivery-store.ts";
import { keyArrays } from "./delivery-keys.ts";
import { bigints, blobs, integers, texts } from "./pack-arrays.ts";
import type { Transaction } from "./session.ts";
import { sql } from "./sql.ts";

/** An attempt, under the number that the delivery has counted to with it. */
export interface CountedAttempt extends AttemptRow {
  readonly delivery: Delivery;
}

const COLUMNS =
  "event, subscription, cause, number, started_at, duration_ms, status_code, error_code, sealed_excerpt";
const INSERT = sql(`INSERT INTO attempts (project, ${COLUMNS}) SELECT p.number, w.*
  FROM projects AS p CROSS JOIN unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::bigint[], $7::integer[],
    $8::integer[], $9::text[], $10::bytea[]) AS w (${COLUMNS})
  WHERE p.id = $1 AND p.deleted_at IS NULL`);

export function insertAttempts(
  tx: Transaction,
  projectId: string,
  attempts: readonly CountedAttempt[],
): void {
  if (attempts.length === 0) return;
  tx.send(
    INSERT,
    projectId,
    ...keyArrays(attempts.map(({ delivery }) => delivery)),
    integers(attempts.map(({ delivery }) => delivery.attempt)),
    bigints(attempts.map(({ startedAt }) => startedAt)),
    integers(attempts.map(({ durationMs }) => Math.round(durationMs))),
    integers(attempts.map(({ statusCode }) => statusCode)),
    texts(attempts.map(({ errorCode }) => errorCode)),
    blobs(attempts.map(({ sealedExcerpt }) => sealedExcerpt)),
  );
}
