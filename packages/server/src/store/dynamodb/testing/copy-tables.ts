import { type AttributeValue, BatchWriteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { chunksOf } from "../connection.ts";
import { toAttributes } from "../item.ts";
import type { DynamoPlace } from "../open-dynamo-store.ts";
import { tableNames } from "../tables.ts";
import { scanTable } from "./scan-table.ts";

/** The service takes so many in one request. */
const BATCH = 25;

/** Copies the items of both tables, as a restore does into tables of another prefix, which are there. */
export async function copyTables(from: DynamoPlace, prefix: string): Promise<void> {
  const client = new DynamoDBClient({ region: from.region, endpoint: from.endpoint ?? "" });
  const names = tableNames(prefix);
  for (const table of ["events", "control"] as const) {
    const items = (await scanTable(from, table)).map(toAttributes);
    for (const batch of chunksOf<Record<string, AttributeValue>>(items, BATCH)) {
      const puts = batch.map((Item) => ({ PutRequest: { Item } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [names[table]]: puts } }));
    }
  }
  client.destroy();
}
