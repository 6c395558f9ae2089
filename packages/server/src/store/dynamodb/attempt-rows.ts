import type { DeliveryKey } from "../../domain/ids.ts";
import type { AttemptRow } from "../delivery-store.ts";
import { bytesOf, type KeyedItem, numberOf, textOf } from "./item.ts";
import { attemptSort, ttlOf } from "./keys.ts";

interface AttemptWrite {
  readonly attempt: AttemptRow;
  readonly number: number;
  /** The last date of its delivery. */
  readonly until: number;
}

export function attemptItem(
  pk: string,
  key: DeliveryKey,
  { attempt, number, until }: AttemptWrite,
): KeyedItem {
  return {
    pk,
    sk: `${attemptSort(key)}${String(number).padStart(9, "0")}`,
    n: number,
    sd: attempt.startedAt,
    dm: attempt.durationMs,
    sc: attempt.statusCode,
    ec: attempt.errorCode,
    b: attempt.sealedExcerpt,
    ttl: ttlOf(until),
  };
}

export function attemptRow(item: KeyedItem): AttemptRow & { readonly number: number } {
  return {
    number: numberOf(item, "n") ?? 0,
    startedAt: numberOf(item, "sd") ?? 0,
    durationMs: numberOf(item, "dm") ?? 0,
    statusCode: numberOf(item, "sc"),
    errorCode: textOf(item, "ec"),
    sealedExcerpt: bytesOf(item, "b"),
  };
}
