import type { Call } from "../connection/call.ts";
import { makeKey } from "../connection/make-key.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import { TriggersError } from "../connection/triggers-error.ts";
import { type NewBatchEvent, writeEvent } from "../json/write-event.ts";
import { BatchError, type BatchItemResult, type BatchResult, countResults, failed } from "./batch-result.ts";
import { makeReadLimits } from "./read-limits.ts";
import { type BatchItem, makeSendItems, type Retries, type SendItems } from "./send-items.ts";
import { splitBatch } from "./split-batch.ts";

/** Times and numbers of attempts count for each request that it takes. */
export interface BatchOptions extends RequestOptions {
  /** Item i gets the key `<key>/<i>`, counted from 0, unless it has its own. Default: a random one for this call. Null: none; then nothing is sent twice. */
  readonly idempotencyKey?: string | null;
}

export type SendBatch = (events: Iterable<NewBatchEvent>, options: BatchOptions) => Promise<BatchResult>;

export function makeSendBatch(call: Call, retries: Retries): SendBatch {
  const readLimits = makeReadLimits(call);
  return async (events, { idempotencyKey = makeKey(), ...options }) => {
    const items = readItems(events, idempotencyKey);
    const bytes = items.reduce((sum, item) => sum + item.bytes.length + 1, 0);
    const requests = splitBatch(items, await readLimits(bytes, options));
    const results = items.map(({ key }) => failed(notSent(), key));
    const send = makeSendItems({ call, retries, options, results });
    const failure = await sendAll(requests, send, { options, results });
    const result = countResults(results);
    if (failure !== null) throw new BatchError(failure, result);
    return result;
  };
}

function readItems(events: Iterable<NewBatchEvent>, batchKey: string | null): BatchItem[] {
  const encoder = new TextEncoder();
  return Array.from(events, (event, index) => {
    const key = event.idempotency_key ?? (batchKey === null ? null : `${batchKey}/${index}`);
    const text = writeEvent(key === null ? event : { ...event, idempotency_key: key });
    return { index, key, bytes: encoder.encode(text) };
  });
}

/** Gives the error of the request that failed; what comes after it is not sent, so that the order is kept. */
async function sendAll(
  requests: readonly (readonly BatchItem[])[],
  send: SendItems,
  { options, results }: { readonly options: RequestOptions; readonly results: BatchItemResult[] },
): Promise<TriggersError | null> {
  for (const request of requests) {
    try {
      await send(request);
    } catch (error) {
      if (!(error instanceof TriggersError) || options.signal?.aborted === true) throw error;
      for (const { index, key } of request) {
        if (isUnsent(results[index])) results[index] = failed(error, key);
      }
      return error;
    }
  }
  return null;
}

function notSent(): TriggersError {
  const detail = "It was not sent, because a request before it failed.";
  return new TriggersError({ code: "not_sent", detail });
}

function isUnsent(result: BatchItemResult | undefined): boolean {
  return result?.outcome === "failed" && result.error.code === "not_sent";
}
