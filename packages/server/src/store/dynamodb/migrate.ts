import type { Connection } from "./connection.ts";
import { type TableDefinition, tableDefinitions } from "./tables.ts";
import { translateError } from "./translate-errors.ts";

const LONGEST_WAIT_SECONDS = 300;

/** Makes what is missing of the tables of a prefix, and tells which. A table that is there stays as it is. */
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
    if (!(error instanceof sdk.ResourceInUseException)) throw translateError(error);
    isNew = false;
  }
  await sdk.waitUntilTableExists({ client, maxWaitTime: LONGEST_WAIT_SECONDS, minDelay: 1 }, { TableName });
  if (isNew && ttlAttribute !== null) {
    const TimeToLiveSpecification = { Enabled: true, AttributeName: ttlAttribute };
    await client.send(new sdk.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  }
  return isNew;
}
