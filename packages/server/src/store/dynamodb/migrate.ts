import type { Connection } from "./connection.ts";
import { type TableDefinition, tableDefinitions } from "./tables.ts";

const LONGEST_WAIT_SECONDS = 300;

/** Makes what is missing of the tables of a prefix, and tells which. A table that is there stays as it is, but for a time to live that an earlier run did not come to. */
export async function migrateTables(
  connection: Pick<Connection, "sdk" | "client">,
  prefix: string,
): Promise<string[]> {
  const made: string[] = [];
  for (const definition of tableDefinitions(prefix))
    if (await makeTable(connection, definition)) made.push(definition.table.TableName);
  return made;
}

async function makeTable(
  { sdk, client }: Pick<Connection, "sdk" | "client">,
  { table, ttlAttribute }: TableDefinition,
): Promise<boolean> {
  const { TableName } = table;
  let isNew = true;
  try {
    await client.send(new sdk.CreateTableCommand(table));
  } catch (error) {
    if (!(error instanceof sdk.ResourceInUseException)) throw error;
    isNew = false;
  }
  await sdk.waitUntilTableExists({ client, maxWaitTime: LONGEST_WAIT_SECONDS, minDelay: 1 }, { TableName });
  if (ttlAttribute !== null) await enableTtl({ sdk, client }, TableName, ttlAttribute);
  return isNew;
}

async function enableTtl(
  { sdk, client }: Pick<Connection, "sdk" | "client">,
  TableName: string,
  AttributeName: string,
): Promise<void> {
  const { TimeToLiveDescription } = await client.send(new sdk.DescribeTimeToLiveCommand({ TableName }));
  if (TimeToLiveDescription?.TimeToLiveStatus?.startsWith("ENABL")) return;
  const TimeToLiveSpecification = { Enabled: true, AttributeName };
  await client.send(new sdk.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}
