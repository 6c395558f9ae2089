import { TriggersError } from "../connection/triggers-error.ts";

/** What became of an event; `idempotency_key` is what it was sent with. The pointers of an `error` lead into the event. */
export type BatchItemResult = { readonly idempotency_key: string | null } & (
  | { readonly outcome: "created" | "replayed"; readonly event_id: string; readonly timestamp: string }
  | { readonly outcome: "failed"; readonly error: TriggersError }
);

export interface BatchResult {
  readonly created: number;
  /** Stored before, under the same key. */
  readonly replayed: number;
  readonly failed: number;
  /** In the order given. */
  readonly results: readonly BatchItemResult[];
}

/** Requests of a batch failed. Sending the failed items again under their keys stores none of them twice. */
export class BatchError extends TriggersError {
  readonly result: BatchResult;

  constructor(cause: TriggersError, result: BatchResult) {
    const { status, requestId, errors } = cause;
    const detail = `${result.failed} of ${result.results.length} events failed, see \`result\`: ${cause.message}`;
    super({ code: "batch_incomplete", detail, status, requestId, errors, cause });
    this.name = "BatchError";
    this.result = result;
  }
}

export function failed(error: TriggersError, key: string | null): BatchItemResult {
  return { outcome: "failed", error, idempotency_key: key };
}

export function countResults(results: readonly BatchItemResult[]): BatchResult {
  const count = (wanted: BatchItemResult["outcome"]): number =>
    results.filter(({ outcome }) => outcome === wanted).length;
  return { created: count("created"), replayed: count("replayed"), failed: count("failed"), results };
}
