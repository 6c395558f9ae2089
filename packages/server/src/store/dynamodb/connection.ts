import { randomInt } from "node:crypto";
import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Item, toAttributes } from "./item.ts";
import type { TableNames } from "./tables.ts";
import { translateError } from "./translate-errors.ts";

/** The SDK is loaded by whoever opens a store, so that the other sizes do not pay for it (70 ms, 20 MB). */
export type Sdk = typeof import("@aws-sdk/client-dynamodb");

export type TableName = keyof TableNames;

/** The tables of one installation and the way to them. */
export interface Connection {
  readonly sdk: Sdk;
  readonly client: DynamoDBClient;
  readonly tables: TableNames;
}

/** A condition of a write or a filter of a query. Attribute names stand in it as they are (none of ours is a reserved word), values as `:name`. */
export interface Condition {
  readonly expression: string;
  readonly values?: Item;
}

export const IS_ABSENT: Condition = { expression: "attribute_not_exists(pk)" };

/** The values of an expression as the SDK wants them: none at all instead of an empty map. */
export function expressionValues(values: Item = {}): Record<string, AttributeValue> | undefined {
  const named = Object.entries(values).map(([name, value]) => [`:${name}`, value] as const);
  return named.length === 0 ? undefined : toAttributes(Object.fromEntries(named));
}

/** The parts of a write request that carry its condition. */
export function conditionParts(condition: Condition | null) {
  return {
    ConditionExpression: condition?.expression,
    ExpressionAttributeValues: expressionValues(condition?.values),
    ReturnValuesOnConditionCheckFailure: condition === null ? undefined : ("ALL_OLD" as const),
  };
}

/** Runs a request; what the service or the network did to it becomes a `TriggersError`. */
export async function translated<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw translateError(error);
  }
}

/** For requests that must not be sent again after a time. */
export function sendOptions(deadline: AbortSignal | null): { abortSignal?: AbortSignal } {
  return deadline === null ? {} : { abortSignal: deadline };
}

/** Requests of one call that are under way together. */
const PARALLEL = 16;

/** Runs `run` over all items, some at a time, and gives the results in their order. */
export async function inParallel<T, R>(
  items: readonly T[],
  run: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await run(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, work));
  return results;
}

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size));
  return chunks;
}

const FIRST_PAUSE_MS = 24;
const LONGEST_PAUSE_MS = 800;

/** The pause before try `round` + 1: it doubles, and half of it is by chance so that those who met do not meet again. */
export function pause(round: number): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** round);
  return new Promise((resolve) => setTimeout(resolve, randomInt(longest / 2, longest + 1)));
}
