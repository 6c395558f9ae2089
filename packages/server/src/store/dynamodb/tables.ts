import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/**
 * The two tables of an installation, as `triggers store migrate` and the deployment make them. What lies where, and why, is told in
 * docs/decisions/0006-dynamodb-tables.md.
 */
export interface TableNames {
  /** Events, deliveries, plans, lanes, keys, attempts: what grows with the traffic. */
  readonly events: string;
  /** Projects, subscriptions, credentials, jobs, owners, settings. */
  readonly control: string;
}

/** Both tables: `pk` and `sk`. */
const KEY = [
  { AttributeName: "pk", KeyType: "HASH" },
  { AttributeName: "sk", KeyType: "RANGE" },
] as const;

/** What a lease may find, what lanes hold back and what is dead, by subscription. Sparse; whole rows, so that a lease reads no other. */
export const QUEUE_INDEX = "queue";
/** Events with a subject. Sparse. */
export const SUBJECT_INDEX = "subject";
/** What sweeps look for: open plans, last leases, free jobs, webhooks by shard, …. Sparse; keys alone. */
export const WORK_INDEX = "work";

/** Key attributes of each index. */
export const INDEX_KEYS = {
  [QUEUE_INDEX]: ["q", "qs"],
  [SUBJECT_INDEX]: ["u", "us"],
  [WORK_INDEX]: ["w", "ws"],
} as const;
export type IndexName = keyof typeof INDEX_KEYS;

/** Seconds since the epoch; the storage itself removes what is past it, at no cost, within days. */
const TTL_ATTRIBUTE = "ttl";

export function tableNames(prefix: string): TableNames {
  return { events: `${prefix}events`, control: `${prefix}control` };
}

/** Everything that has to be made for a prefix: tables with their indexes, and which of them forget by themselves. */
export function tableDefinitions(prefix: string): readonly TableDefinition[] {
  const names = tableNames(prefix);
  return [
    {
      ttlAttribute: TTL_ATTRIBUTE,
      table: table(names.events, [
        { name: QUEUE_INDEX, projection: "ALL" },
        { name: SUBJECT_INDEX, projection: "KEYS_ONLY" },
        { name: WORK_INDEX, projection: "KEYS_ONLY" },
      ]),
    },
    {
      ttlAttribute: null,
      table: table(names.control, [{ name: WORK_INDEX, projection: "KEYS_ONLY" }]),
    },
  ];
}

export interface TableDefinition {
  readonly table: CreateTableCommandInput & { readonly TableName: string };
  readonly ttlAttribute: string | null;
}

interface IndexDefinition {
  readonly name: IndexName;
  readonly projection: "ALL" | "KEYS_ONLY";
}

function table(name: string, indexes: readonly IndexDefinition[]): TableDefinition["table"] {
  const attributes = ["pk", "sk", ...indexes.flatMap(({ name }) => INDEX_KEYS[name])];
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    KeySchema: [...KEY],
    GlobalSecondaryIndexes: indexes.map(({ name: IndexName, projection }) => ({
      IndexName,
      KeySchema: [
        { AttributeName: INDEX_KEYS[IndexName][0], KeyType: "HASH" },
        { AttributeName: INDEX_KEYS[IndexName][1], KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: projection },
    })),
  };
}
