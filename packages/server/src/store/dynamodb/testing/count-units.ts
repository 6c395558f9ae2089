import {
  type BatchExecuteStatementCommandInput,
  type ConsumedCapacity,
  type DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";

/** Capacity units of what a client does, by kind. Reads in halves: an eventually consistent read of up to 4 KB is 0.5. */
export interface UnitCounter {
  /** For the client of the store under test. */
  configure(client: DynamoDBClient): void;
  /** What was used since the last call. */
  take(): { readonly write: number; readonly read: number };
}

const READS = /^(GetItem|BatchGetItem|Query)Command$/;
const COUNTED = /^(GetItem|BatchGetItem|Query|PutItem|UpdateItem|DeleteItem|TransactWriteItems)Command$/;

/** Asks with every request for the units it uses. DynamoDB Local does not tell those of statements: each `INSERT` is sent as the conditional put that it is charged as. */
export function countUnits(): UnitCounter {
  let used = { write: 0, read: 0 };
  const add = (name: string, consumed: ConsumedCapacity | readonly ConsumedCapacity[] | undefined) => {
    const units = [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    used[READS.test(name) ? "read" : "write"] += units;
  };
  return {
    configure(client) {
      client.middlewareStack.add(
        (next, { commandName = "" }) =>
          async (args) => {
            if (commandName === "BatchExecuteStatementCommand")
              return { response: {}, output: (await putEach(client, args.input)) as never };
            if (!COUNTED.test(commandName)) return next(args);
            const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "TOTAL" } });
            add(commandName, (answer.output as { ConsumedCapacity?: ConsumedCapacity }).ConsumedCapacity);
            return answer;
          },
        { step: "initialize", name: "countUnits" },
      );
    },
    take() {
      const taken = used;
      used = { write: 0, read: 0 };
      return taken;
    },
  };
}

async function putEach(client: DynamoDBClient, input: object): Promise<object> {
  const { Statements = [] } = input as BatchExecuteStatementCommandInput;
  for (const { Statement = "", Parameters = [] } of Statements) {
    const names = [...Statement.matchAll(/'(\w+)': \?/g)].map(([, name]) => name ?? "");
    const Item = Object.fromEntries(names.map((name, index) => [name, Parameters[index] ?? { NULL: true }]));
    const TableName = /INTO "([^"]+)"/.exec(Statement)?.[1];
    await client.send(
      new PutItemCommand({ TableName, Item, ConditionExpression: "attribute_not_exists(pk)" }),
    );
  }
  return { Responses: Statements.map(() => ({})), $metadata: { attempts: 1 } };
}
