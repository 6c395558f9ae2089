import type { AttributeValue, ScanCommandOutput } from "@aws-sdk/client-dynamodb";
import {
  type Condition,
  type Connection,
  chunksOf,
  expressionValues,
  inParallel,
  pause,
  type TableName,
  translated,
} from "./connection.ts";
import { fromAttributes, type Item, type ItemKey, type KeyedItem, keyName, toAttributes } from "./item.ts";
import { INDEX_KEYS, type IndexName } from "./tables.ts";
import { unavailable } from "./translate-errors.ts";

/** The service takes so many keys in one request. */
const BATCH = 100;
const ROUNDS = 8;

/** An item, read strongly. */
export async function readItem(
  { sdk, client, tables }: Connection,
  table: TableName,
  { pk, sk }: ItemKey,
): Promise<KeyedItem | null> {
  const Key = toAttributes({ pk, sk });
  const command = new sdk.GetItemCommand({ TableName: tables[table], Key, ConsistentRead: true });
  const { Item: found } = await translated(client.send(command));
  return found === undefined ? null : fromAttributes(found);
}

/** Items by their keys' names, read strongly; absent ones are left out. `attributes`: the only ones that are wanted. */
export async function readItems(
  connection: Connection,
  table: TableName,
  wanted: { readonly keys: readonly ItemKey[]; readonly attributes?: readonly string[] },
): Promise<Map<string, KeyedItem>> {
  const unique = [...new Map(wanted.keys.map((key) => [keyName(key), key])).values()];
  const found = new Map<string, KeyedItem>();
  await inParallel(chunksOf(unique, BATCH), async (keys) => {
    for (const item of await readBatch(connection, table, { keys, attributes: wanted.attributes ?? [] }))
      found.set(keyName(item), item);
  });
  return found;
}

async function readBatch(
  { sdk, client, tables }: Connection,
  table: TableName,
  { keys, attributes }: { readonly keys: readonly ItemKey[]; readonly attributes: readonly string[] },
): Promise<KeyedItem[]> {
  const name = tables[table];
  const read: KeyedItem[] = [];
  let left: Record<string, AttributeValue>[] = keys.map(({ pk, sk }) => toAttributes({ pk, sk }));
  for (let round = 0; left.length > 0; round++) {
    if (round >= ROUNDS) throw unavailable();
    if (round > 0) await pause(round - 1);
    const ProjectionExpression = attributes.length === 0 ? undefined : ["pk", "sk", ...attributes].join(", ");
    const request = { [name]: { Keys: left, ConsistentRead: true, ProjectionExpression } };
    const answer = await translated(client.send(new sdk.BatchGetItemCommand({ RequestItems: request })));
    for (const item of answer.Responses?.[name] ?? []) read.push(fromAttributes(item));
    left = answer.UnprocessedKeys?.[name]?.Keys ?? [];
  }
  return read;
}

export interface Query {
  readonly table: TableName;
  /** Reads of an index may be some moments old; reads of a table are strong. */
  readonly index?: IndexName;
  readonly hash: string;
  /** Bounds of the sort key, both inclusive. */
  readonly from: string;
  readonly to: string;
  readonly isBackward?: boolean;
  /** So many rows are looked at. */
  readonly limit?: number;
  /** Where the last page ended. */
  readonly start?: Item | null;
  readonly filter?: Condition;
  readonly countsOnly?: boolean;
}

export interface QueryPage {
  readonly items: readonly KeyedItem[];
  readonly count: number;
  /** Null: nothing follows. */
  readonly next: Item | null;
}

/** One page of a query: up to 1 MB or `limit` rows. */
export async function readPage({ sdk, client, tables }: Connection, query: Query): Promise<QueryPage> {
  const { table, index, hash, from, to, isBackward, limit, start, filter, countsOnly } = query;
  if (from > to) return { items: [], count: 0, next: null };
  const [hashName, rangeName] = index === undefined ? (["pk", "sk"] as const) : INDEX_KEYS[index];
  const command = new sdk.QueryCommand({
    TableName: tables[table],
    IndexName: index,
    ConsistentRead: index === undefined,
    KeyConditionExpression: `${hashName} = :hash AND ${rangeName} BETWEEN :from AND :to`,
    FilterExpression: filter?.expression,
    ExpressionAttributeValues: expressionValues({ ...filter?.values, hash, from, to }),
    ScanIndexForward: !isBackward,
    Limit: limit,
    ExclusiveStartKey: start === null || start === undefined ? undefined : toAttributes(start),
    Select: countsOnly ? "COUNT" : undefined,
  });
  const answer = await translated(client.send(command));
  return {
    items: (answer.Items ?? []).map(fromAttributes),
    count: answer.Count ?? 0,
    next: answer.LastEvaluatedKey === undefined ? null : fromAttributes(answer.LastEvaluatedKey),
  };
}

/** All rows of a query, page after page; whoever stops early reads no further. */
export async function* readRows(connection: Connection, query: Query): AsyncGenerator<KeyedItem, undefined> {
  let start: Item | null = null;
  do {
    const page: QueryPage = await readPage(connection, { ...query, start });
    yield* page.items;
    start = page.next;
  } while (start !== null);
}

/** The rows of a whole table that pass a filter, in the table's own order. Each row is read and paid for, whether it passes or not. */
export async function* scanRows(
  { sdk, client, tables }: Connection,
  {
    table,
    filter,
    start,
  }: Pick<Query, "table"> & { readonly filter: Condition; readonly start: ItemKey | null },
): AsyncGenerator<KeyedItem, undefined> {
  let from = start === null ? undefined : toAttributes({ pk: start.pk, sk: start.sk });
  do {
    const command = new sdk.ScanCommand({
      ...{ TableName: tables[table], ConsistentRead: true, ExclusiveStartKey: from },
      FilterExpression: filter.expression,
      ExpressionAttributeValues: expressionValues(filter.values),
    });
    const { Items = [], LastEvaluatedKey }: ScanCommandOutput = await translated(client.send(command));
    for (const item of Items) yield fromAttributes(item);
    from = LastEvaluatedKey;
  } while (from !== undefined);
}

/** Up to `limit` rows of a query. */
export async function readSome(connection: Connection, query: Query, limit: number): Promise<KeyedItem[]> {
  const rows: KeyedItem[] = [];
  if (limit <= 0) return rows;
  for await (const row of readRows(connection, { limit, ...query })) {
    rows.push(row);
    if (rows.length >= limit) break;
  }
  return rows;
}

/** Behind a key and before all that follow it: no key that is walked so has a sign below `#`. */
export function behind(key: string): string {
  return `${key}!`;
}

/** Behind every key that begins with a text. */
export function lastOf(prefix: string): string {
  return `${prefix}\uffff`;
}
