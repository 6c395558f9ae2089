import { DynamoDBClient, ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb";
import { fromAttributes, type KeyedItem } from "../item.ts";
import type { DynamoPlace } from "../open-dynamo-store.ts";
import { tableNames } from "../tables.ts";

/** All items of a table as they stand there, past the store. */
export async function scanTable(place: DynamoPlace, table: "events" | "control"): Promise<KeyedItem[]> {
  const client = new DynamoDBClient({ region: place.region, endpoint: place.endpoint ?? "" });
  const items: KeyedItem[] = [];
  let start: ScanCommandOutput["LastEvaluatedKey"];
  do {
    const command = new ScanCommand({ TableName: tableNames(place.prefix)[table], ExclusiveStartKey: start });
    const page: ScanCommandOutput = await client.send(command);
    items.push(...(page.Items ?? []).map(fromAttributes));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  client.destroy();
  return items;
}
