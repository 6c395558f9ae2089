import {
  type BatchExecuteStatementCommandInput,
  type BatchExecuteStatementCommandOutput,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  type QueryCommandInput,
  ThrottlingException,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";

/** What goes wrong between a store and its tables, by chance. */
export interface Faults {
  configure(client: DynamoDBClient): void;
  begin(): void;
  /** From now on nothing gets through, as after a crash. */
  crash(): void;
  /** From now on nothing goes wrong. */
  end(): void;
}

type Handler = (args: { input: object }) => Promise<{ response: unknown; output: object }>;

const METADATA = { $metadata: {}, message: "injected" } as const;

/**
 * Requests are throttled, cut before or after they were done (a lost answer), answered in part, or cancelled because of another transaction; queries of indexes are answered as
 * some moments ago. `random` gives numbers in [0, 1); `rate` is the chance that a request meets a fault.
 */
export function injectFaults(random: () => number, rate: number): Faults {
  let state: "faulty" | "crashed" | "well" = "well";
  const happens = () => state === "faulty" && random() < rate;
  const stale = makeStaleQueries(random);
  const outside = async (name: string, next: Handler, args: { input: object }) => {
    if (name === "TransactWriteItemsCommand" && happens()) throw conflict();
    if (name === "BatchExecuteStatementCommand" && happens()) return insertSome(next, args, random);
    if (name === "QueryCommand" && state === "faulty") return stale(next, args, rate);
    const answer = await next(args);
    return name === "BatchGetItemCommand" && happens() ? leaveSomeOut(answer) : answer;
  };
  const inside = async (next: Handler, args: { input: object }) => {
    if (state === "crashed") throw cut();
    if (!happens()) return next(args);
    const kind = random();
    if (kind < 0.3) throw new ThrottlingException(METADATA);
    if (kind < 0.6) throw cut();
    await next(args);
    throw cut();
  };
  return {
    configure({ config, middlewareStack }) {
      config.retryStrategy = async () => QUICK_RETRIES;
      middlewareStack.add(
        (next, { commandName = "" }) =>
          (args) =>
            outside(commandName, next as Handler, args) as never,
        { step: "initialize", name: "outside" },
      );
      middlewareStack.add((next) => (args) => inside(next as Handler, args) as never, {
        step: "deserialize",
        name: "inside",
        priority: "high",
      });
    },
    begin() {
      state = "faulty";
    },
    crash() {
      state = "crashed";
    },
    end() {
      state = "well";
    },
  };
}

/** As many tries as the store's own, without the pauses between them. */
const QUICK_RETRIES = {
  acquireInitialRetryToken: async () => retryToken(0),
  async refreshRetryTokenForRetry({ getRetryCount }: { readonly getRetryCount: () => number }) {
    if (getRetryCount() >= 3) throw new Error("no try is left");
    return retryToken(getRetryCount() + 1);
  },
  recordSuccess() {},
};

function retryToken(count: number) {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}

/** As Node's sockets tell of a connection that ended. */
function cut(): Error {
  return Object.assign(new Error("injected"), { name: "TimeoutError", code: "ECONNRESET" });
}

function conflict(): Error {
  const CancellationReasons = [{ Code: "TransactionConflict" }, { Code: "None" }];
  return new TransactionCanceledException({ ...METADATA, CancellationReasons });
}

/** The statements in front are done, those behind throttled. */
async function insertSome(next: Handler, args: { input: object }, random: () => number) {
  const { Statements = [], ...input } = args.input as BatchExecuteStatementCommandInput;
  const count = Math.floor(random() * Statements.length);
  const throttled = Statements.slice(count).map(() => ({ Error: { Code: "ThrottlingError" as const } }));
  if (count === 0) return { response: {}, output: { Responses: throttled, $metadata: {} } };
  const answer = await next({ ...args, input: { ...input, Statements: Statements.slice(0, count) } });
  const { Responses = [] } = answer.output as BatchExecuteStatementCommandOutput;
  return { ...answer, output: { ...answer.output, Responses: [...Responses, ...throttled] } };
}

/** The last item of each table is not answered, but named as to be asked for again. */
function leaveSomeOut(answer: Awaited<ReturnType<Handler>>) {
  const { Responses = {}, ...output } = answer.output as BatchGetItemCommandOutput;
  const left = Object.entries(Responses).map(([name, items]) => [name, items.slice(0, -1)] as const);
  const unprocessed = Object.entries(Responses).flatMap(([name, items]) => {
    const { pk, sk } = items.at(-1) ?? {};
    return pk === undefined || sk === undefined
      ? []
      : [[name, { Keys: [{ pk, sk }], ConsistentRead: true }] as const];
  });
  return {
    ...answer,
    output: {
      ...output,
      Responses: Object.fromEntries(left),
      UnprocessedKeys: Object.fromEntries(unprocessed),
    },
  };
}

/** An index may lag: the answer of the same query before comes again. */
function makeStaleQueries(random: () => number) {
  const before = new Map<string, Awaited<ReturnType<Handler>>>();
  return async (next: Handler, args: { input: object }, rate: number) => {
    const { IndexName, ExpressionAttributeValues, ExclusiveStartKey } = args.input as QueryCommandInput;
    if (IndexName === undefined) return next(args);
    const name = JSON.stringify([IndexName, ExpressionAttributeValues, ExclusiveStartKey]);
    const known = before.get(name);
    if (known !== undefined && random() < rate * 2) return known;
    const answer = await next(args);
    before.set(name, answer);
    return answer;
  };
}
