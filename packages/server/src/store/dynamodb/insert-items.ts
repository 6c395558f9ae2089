import { TriggersError } from "../../domain/errors.ts";
import {
  type Connection,
  chunksOf,
  inParallel,
  pause,
  sendOptions,
  type TableName,
  translated,
} from "./connection.ts";
import { type KeyedItem, toAttribute, type Value } from "./item.ts";
import { unavailable } from "./translate-errors.ts";

/**
 * `there`: something stands in its place, and nothing of this call put it there. `maybe`: something stands there, and a try of this call whose answer was
 * lost may have put it there.
 */
export type InsertOutcome = "inserted" | "there" | "maybe";

/** The service takes so many statements in one request. */
const BATCH = 25;
const ROUNDS = 6;

const PASSING: readonly string[] = [
  "ProvisionedThroughputExceeded",
  "RequestLimitExceeded",
  "ThrottlingError",
  "InternalServerError",
  "TransactionConflict",
];

/**
 * Inserts items, each by itself, where nothing stands yet: PartiQL's `INSERT` has that condition, costs what a put costs, and goes 25 to a request, which
 * neither single puts (one to a request) nor batch writes (no condition) nor transactions (twice the units) do. Outcomes stand in the order of the items.
 */
export async function insertItems(
  connection: Connection,
  table: TableName,
  { items, deadline = null }: Inserting,
): Promise<readonly InsertOutcome[]> {
  const batches = await inParallel(chunksOf(items, BATCH), (batch) =>
    insertBatch(connection, table, { items: batch, deadline }),
  );
  return batches.flat();
}

interface Inserting {
  readonly items: readonly KeyedItem[];
  /** Nothing is sent, or sent again, after this. */
  readonly deadline?: AbortSignal | null;
}

async function insertBatch(
  connection: Connection,
  table: TableName,
  { items, deadline = null }: Inserting,
): Promise<readonly InsertOutcome[]> {
  const outcomes: (InsertOutcome | null)[] = items.map(() => null);
  let isRepeated = false;
  let lastError: unknown;
  for (let round = 0; round < ROUNDS; round++) {
    const open = [...items.keys()].filter((index) => outcomes[index] === null);
    if (open.length === 0 || deadline?.aborted) break;
    if (round > 0) await pause(round - 1);
    try {
      const wanted = open.map((index) => items[index] as KeyedItem);
      const { codes, attempts } = await insertOnce(connection, table, { items: wanted, deadline });
      isRepeated ||= attempts > 1;
      for (const [place, index] of open.entries()) outcomes[index] = judge(codes[place] ?? null, isRepeated);
      lastError = undefined;
    } catch (error) {
      if (!(error instanceof TriggersError)) throw error;
      lastError = error;
    }
    isRepeated = true;
  }
  return outcomes.map((outcome) => {
    if (outcome === null) throw lastError ?? unavailable();
    return outcome;
  });
}

/** Null: to be tried again. */
function judge(code: string | null, isRepeated: boolean): InsertOutcome | null {
  if (code === null) return "inserted";
  if (code === "DuplicateItem") return isRepeated ? "maybe" : "there";
  if (PASSING.includes(code)) return null;
  throw new Error(`An insert was answered with ${code}`);
}

/** What the service says to each item: a code of refusal, or null. */
async function insertOnce(
  { sdk, client, tables }: Connection,
  table: TableName,
  { items, deadline = null }: Inserting,
): Promise<{ readonly codes: readonly (string | null)[]; readonly attempts: number }> {
  const Statements = items.map((item) => toStatement(tables[table], item));
  const answer = await translated(
    client.send(new sdk.BatchExecuteStatementCommand({ Statements }), sendOptions(deadline)),
  );
  const codes = (answer.Responses ?? []).map(({ Error: fault }) =>
    fault === undefined ? null : (fault.Code ?? "unknown"),
  );
  return { codes, attempts: answer.$metadata.attempts ?? 1 };
}

function toStatement(tableName: string, item: KeyedItem) {
  const attributes = Object.entries(item).filter(
    (entry): entry is [string, NonNullable<Value>] => entry[1] !== null && entry[1] !== undefined,
  );
  const names = attributes.map(([name]) => `'${name}': ?`).join(", ");
  return {
    Statement: `INSERT INTO "${tableName}" VALUE {${names}}`,
    Parameters: attributes.map(([, value]) => toAttribute(value)),
  };
}
