import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import {
  type Condition,
  type Connection,
  conditionParts,
  expressionValues,
  pause,
  sendOptions,
  type TableName,
  translated,
} from "./connection.ts";
import { fromAttributes, type Item, type ItemKey, isSameItem, type KeyedItem, toAttributes } from "./item.ts";
import { translateError, unavailable } from "./translate-errors.ts";

/** `old`: what stands there instead of what the condition asks for; null: nothing. */
export type WriteOutcome =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly old: KeyedItem | null };

const DONE: WriteOutcome = { isDone: true };

/** Writes a whole item if the condition holds. */
export async function putItem(
  { sdk, client, tables }: Connection,
  table: TableName,
  { item, condition }: { readonly item: KeyedItem; readonly condition: Condition | null },
): Promise<WriteOutcome> {
  const TableName = tables[table];
  const command = new sdk.PutItemCommand({
    TableName,
    Item: toAttributes(item),
    ...conditionParts(condition),
  });
  try {
    await client.send(command);
    return DONE;
  } catch (error) {
    const refused = refusalOf(sdk, error);
    // An earlier try of this very request may have been done, and only its answer was lost.
    return refused.hasTriedBefore && refused.old !== null && isSameItem(refused.old, item) ? DONE : refused;
  }
}

/** Removes an item if the condition holds. A repeated remove finds nothing, which is what was wanted. */
export async function removeItem(
  { sdk, client, tables }: Connection,
  table: TableName,
  { key: { pk, sk }, condition }: { readonly key: ItemKey; readonly condition: Condition | null },
): Promise<WriteOutcome> {
  const Key = toAttributes({ pk, sk });
  const command = new sdk.DeleteItemCommand({ TableName: tables[table], Key, ...conditionParts(condition) });
  try {
    await client.send(command);
    return DONE;
  } catch (error) {
    const refused = refusalOf(sdk, error);
    return refused.hasTriedBefore && refused.old === null ? DONE : refused;
  }
}

/** A change of single attributes; it must do no harm when it is done twice. */
export async function updateItem(
  { sdk, client, tables }: Connection,
  table: TableName,
  { key: { pk, sk }, set, values, condition, deadline = null }: ItemUpdate & Within,
): Promise<WriteOutcome> {
  const command = new sdk.UpdateItemCommand({
    TableName: tables[table],
    Key: toAttributes({ pk, sk }),
    UpdateExpression: set,
    ...conditionParts(condition),
    ExpressionAttributeValues: expressionValues({ ...values, ...condition?.values }),
  });
  try {
    await client.send(command, sendOptions(deadline));
    return DONE;
  } catch (error) {
    return refusalOf(sdk, error);
  }
}

interface Within {
  /** Nothing is sent, or sent again, after this. */
  readonly deadline?: AbortSignal | null;
}

export interface ItemUpdate {
  readonly key: ItemKey;
  /** `SET …`, `ADD …`, `REMOVE …`. */
  readonly set: string;
  readonly values: Item;
  readonly condition: Condition | null;
}

function refusalOf(sdk: Connection["sdk"], error: unknown) {
  if (!(error instanceof sdk.ConditionalCheckFailedException)) throw translateError(error);
  const old = error.Item === undefined ? null : fromAttributes(error.Item);
  return { isDone: false, old, hasTriedBefore: (error.$metadata.attempts ?? 1) > 1 } as const;
}

/** One write of a transaction. */
export type Write = { readonly table: TableName } & (
  | { readonly put: KeyedItem; readonly condition: Condition | null }
  | { readonly remove: ItemKey; readonly condition: Condition | null }
  | { readonly update: ItemUpdate }
  | { readonly check: ItemKey; readonly condition: Condition }
);

/** `refused`: these writes' conditions do not hold, by their place, with what stands there; nothing was written. */
export type TransactionOutcome =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly refused: ReadonlyMap<number, KeyedItem | null> };

/** The service takes so many writes in one transaction. */
export const TRANSACTION_LIMIT = 100;
const ROUNDS = 10;

/**
 * Writes all or nothing. The SDK sends the same token with each try, so that a lost answer does no harm. Waits and tries again while another transaction holds
 * one of the items.
 */
export async function transact(
  connection: Connection,
  writes: readonly Write[],
  deadline: AbortSignal | null = null,
): Promise<TransactionOutcome> {
  const { sdk, client, tables } = connection;
  const TransactItems = writes.map((write) => toTransactItem(tables[write.table], write));
  for (let round = 0; round < ROUNDS && !deadline?.aborted; round++) {
    try {
      const command = new sdk.TransactWriteItemsCommand({ TransactItems });
      await translated(client.send(command, sendOptions(deadline)));
      return { isDone: true };
    } catch (error) {
      if (!(error instanceof sdk.TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      const refused = new Map<number, KeyedItem | null>();
      for (const [index, { Code, Item: item }] of reasons.entries())
        if (Code === "ConditionalCheckFailed")
          refused.set(index, item === undefined ? null : fromAttributes(item));
      if (refused.size > 0) return { isDone: false, refused };
      if (!reasons.some(({ Code }) => Code !== undefined && PASSING.includes(Code))) throw error;
      await pause(round);
    }
  }
  throw unavailable();
}

const PASSING: readonly string[] = [
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
  "RequestLimitExceeded",
];

function toTransactItem(TableName: string, write: Write): TransactWriteItem {
  if ("put" in write)
    return { Put: { TableName, Item: toAttributes(write.put), ...conditionParts(write.condition) } };
  if ("remove" in write)
    return { Delete: { TableName, Key: keyOf(write.remove), ...conditionParts(write.condition) } };
  if ("check" in write)
    return {
      ConditionCheck: {
        TableName,
        Key: keyOf(write.check),
        ...conditionParts(write.condition),
        ConditionExpression: write.condition.expression,
      },
    };
  const { key, set, values, condition } = write.update;
  return {
    Update: {
      TableName,
      Key: keyOf(key),
      UpdateExpression: set,
      ...conditionParts(condition),
      ExpressionAttributeValues: expressionValues({ ...values, ...condition?.values }),
    },
  };
}

function keyOf({ pk, sk }: ItemKey) {
  return toAttributes({ pk, sk });
}
