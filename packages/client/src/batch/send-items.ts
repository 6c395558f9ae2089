import type { Call } from "../connection/call.ts";
import { pause } from "../connection/deadline.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import { problemError } from "../connection/read-refusal.ts";
import { type Backoff, retryDelay } from "../connection/retry.ts";
import { TriggersError } from "../connection/triggers-error.ts";
import type { EventBatch, PostEventBatchData } from "../generated/types.gen.ts";
import { type BatchItemResult, failed } from "./batch-result.ts";
import { batchBody } from "./split-batch.ts";

export interface BatchItem {
  readonly index: number;
  readonly key: string | null;
  /** Its JSON. */
  readonly bytes: Uint8Array;
}

/** How often items that could not be stored for now are sent again, and when. */
export interface Retries extends Backoff {
  readonly maxRetries: number;
}

interface Sending {
  readonly call: Call;
  readonly retries: Retries;
  readonly options: RequestOptions;
  /** By index; written as answers come. */
  readonly results: BatchItemResult[];
}

/** Sends items in one request, in more if need be; writes down what became of each. Rejects if a request failed for good. */
export type SendItems = (items: readonly BatchItem[]) => Promise<void>;

/** A body with a fault in one item may be refused as a whole. */
const BODY_REFUSALS = new Set([400, 413, 422]);

export function makeSendItems(sending: Sending): SendItems {
  const { retries, options, results } = sending;

  async function sendUntilStored(items: readonly BatchItem[]): Promise<void> {
    let left = items;
    for (let attempt = 1; left.length > 0; attempt++) {
      await sendOnce(sending, left);
      left = left.filter(({ index, key }) => key !== null && isForNow(results[index]));
      if (left.length === 0 || attempt > (options.maxRetries ?? retries.maxRetries)) return;
      await pause(retryDelay(retries, attempt, null), options.signal);
    }
  }

  return async function send(items) {
    try {
      await sendUntilStored(items);
    } catch (error) {
      const isOfBody = error instanceof TriggersError && BODY_REFUSALS.has(error.status ?? 0);
      const [first] = items;
      if (!isOfBody || first === undefined) throw error;
      if (items.length === 1) {
        results[first.index] = failed(itemError(error, `${batchBody(items).pointer}/0`), first.key);
        return;
      }
      // Halves, in their order, until the faulty item stands alone.
      const middle = Math.ceil(items.length / 2);
      await send(items.slice(0, middle));
      await send(items.slice(middle));
    }
  };
}

/** The server could not store it, but may later. */
function isForNow(result: BatchItemResult | undefined): boolean {
  if (result?.outcome !== "failed") return false;
  return result.error.status === 429 || result.error.status === 503;
}

async function sendOnce({ call, options, results }: Sending, items: readonly BatchItem[]): Promise<void> {
  const body = batchBody(items);
  const answer = await call.json<PostEventBatchData, EventBatch>({
    ...{ method: "POST", url: "/v1/events/batch", options },
    rawBody: body.bytes,
    headers: { "content-type": body.contentType },
    isRepeatable: items.every(({ key }) => key !== null),
  });
  items.forEach(({ index, key }, place) => {
    const result = answer.results[place];
    if (result === undefined) return;
    results[index] =
      result.outcome === "failed"
        ? failed(itemError(problemError(result.error), `${body.pointer}/${place}`), key)
        : { ...result, idempotency_key: key };
  });
}

/** With pointers into the event, whichever request it went with. */
function itemError(error: TriggersError, item: string): TriggersError {
  const { code, detail, status, requestId, retryAfterMs, attempts } = error;
  const errors = error.errors.map(({ pointer, detail }) => ({
    pointer: pointer.startsWith(item) ? pointer.slice(item.length) : pointer,
    detail,
  }));
  const ofItem = new TriggersError({ code, detail, status, requestId, errors, retryAfterMs });
  return Object.assign(ofItem, { attempts });
}
