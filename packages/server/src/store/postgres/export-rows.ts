import type { CopiedKind, CopiedRows } from "../copy-store.ts";
import { ENTRY_BYTES, unpackEntries } from "../plan-entries.ts";
import { COLUMNS as CREDENTIAL_COLUMNS, type CredentialTuple, credentialOf } from "./credentials.ts";
import { COLUMNS as JOB_COLUMNS, type JobTuple, jobOf } from "./jobs.ts";
import {
  causeOf,
  DELIVERY_COLUMNS,
  type DeliveryTuple,
  deliveryOf,
  EVENT_COLUMNS,
  type EventTuple,
  eventOf,
  LOWEST_ID,
} from "./rows.ts";
import type { Session, Value } from "./session.ts";
import { operatorSql, type Sql } from "./sql.ts";
import { SUBSCRIPTION_COLUMNS, type SubscriptionTuple, subscriptionOf } from "./subscription-rows.ts";

type KeyPart = string | number;

/** A column of the key that rows are read in the order of: its name, its type, and a value before all others. */
type KeyColumn = readonly [name: string, type: string, least: KeyPart];

/** How rows of one kind are read. */
interface Export<Row> {
  readonly key: readonly KeyColumn[];
  readonly page: Sql<readonly unknown[]>;
  readonly count: Sql<readonly [number]>;
  rowOf(projectId: string, tuple: readonly unknown[]): Row;
}

const PROJECT: KeyColumn = ["t.project", "integer", 0];
const DELIVERY: readonly KeyColumn[] = [
  PROJECT,
  ...["event", "subscription", "cause"].map((name) => [`t.${name}`, "uuid", LOWEST_ID] as const),
];
const OPEN_PROJECT = "JOIN projects AS p ON p.number = t.project AND p.deleted_at IS NULL";

/** Of a table under the name `t`; each row ends in the id of its project and its key. */
function table<Tuple extends readonly unknown[], Row>(parts: {
  readonly from: string;
  readonly columns: string;
  readonly key: readonly KeyColumn[];
  /** What of a closed project is left out by. */
  readonly join?: string;
  rowOf(projectId: string, tuple: Tuple): Row;
}): Export<Row> {
  const { from, columns, key, join = OPEN_PROJECT, rowOf } = parts;
  const names = key.map(([name]) => name).join(", ");
  const places = key.map(([, type], index) => `$${index + 1}::${type}`).join(", ");
  const projectId = join === "" ? "''" : "p.id";
  return {
    key,
    page: operatorSql(`SELECT ${columns}, ${projectId}, ${names} FROM ${from} AS t ${join}
      WHERE (${names}) > (${places}) ORDER BY ${names} LIMIT $${key.length + 1}`),
    count: operatorSql<readonly [number]>(`SELECT count(*)::bigint FROM ${from} AS t ${join}`),
    rowOf: (id, tuple) => rowOf(id, tuple as unknown as Tuple),
  };
}

const named = (columns: string) => columns.replaceAll(/\b[cdes]\./g, "t.");

type AttemptTuple = readonly [
  ...[event: string, subscription: string, cause: string, number: number, startedAt: number],
  ...[durationMs: number, statusCode: number | null, errorCode: string | null, excerpt: Uint8Array | null],
];
type IdempotencyTuple = readonly [
  ...[kind: "key" | "cloudevent", keyIndex: string, fingerprint: string, eventId: string, expiresAt: number],
];

const EXPORTS: { readonly [Kind in CopiedKind]: Export<CopiedRows[Kind]> } = {
  settings: table<readonly [string, Uint8Array], CopiedRows["settings"]>({
    ...{ from: "settings", columns: "t.name, t.value", key: [["t.name", "text", ""]], join: "" },
    rowOf: (_projectId, [name, value]) => ({ name, value }),
  }),
  projects: table<readonly [string, string, number], CopiedRows["projects"]>({
    ...{ from: "projects", columns: "t.id, t.name, t.created_at", key: [["t.number", "integer", 0]] },
    join: "JOIN projects AS p ON p.number = t.number AND p.deleted_at IS NULL",
    rowOf: (_projectId, [id, name, createdAt]) => ({ id, name, createdAt }),
  }),
  keys: table<readonly [string, "data" | "index", Uint8Array, number], CopiedRows["keys"]>({
    ...{
      from: "wrapped_keys",
      columns: "t.id, t.kind, t.wrapped, t.created_at",
      key: [["t.n", "integer", 0]],
    },
    rowOf: (projectId, [id, kind, wrapped, createdAt]) => {
      return { projectId, key: { id, kind, wrapped, createdAt } };
    },
  }),
  credentials: table<CredentialTuple, CopiedRows["credentials"]>({
    ...{ from: "credentials", columns: named(CREDENTIAL_COLUMNS), key: [PROJECT, ["t.id", "text", ""]] },
    rowOf: credentialOf,
  }),
  subscriptions: table<SubscriptionTuple, CopiedRows["subscriptions"]>({
    ...{ from: "subscriptions", columns: named(SUBSCRIPTION_COLUMNS) },
    key: [PROJECT, ["t.id", "uuid", LOWEST_ID]],
    rowOf: subscriptionOf,
  }),
  event_types: table<readonly [string, number], CopiedRows["event_types"]>({
    ...{ from: "event_types", columns: "t.type, t.last_seen_at", key: [PROJECT, ["t.type", "text", ""]] },
    rowOf: (projectId, [type, lastSeenAt]) => ({ projectId, type, lastSeenAt }),
  }),
  ordering_keys: table<readonly [string, number, number], CopiedRows["ordering_keys"]>({
    ...{ from: "ordering_keys", columns: "t.key_index, t.position, t.used_at" },
    key: [PROJECT, ["t.key_index", "text", ""]],
    rowOf: (projectId, [key, position, usedAt]) => ({ projectId, key, position, usedAt }),
  }),
  events: table<readonly [...EventTuple, number | null], CopiedRows["events"]>({
    ...{ from: "events", columns: `${named(EVENT_COLUMNS)}, t.position` },
    key: [PROJECT, ["t.epoch", "integer", 0], ["t.xid", "xid8", 0], ["t.n", "integer", -1]],
    rowOf: (projectId, tuple) => ({ event: eventOf(projectId, tuple), position: tuple[13] }),
  }),
  plans: table<readonly [string, string | null, number, Uint8Array], CopiedRows["plans"]>({
    ...{ from: "plans", key: [["t.n", "bigint", 0]] },
    columns: `t.event, t.ordering_key_index, t.due_at, substr(t.entries, t.taken * ${ENTRY_BYTES} + 1)`,
    rowOf: (projectId, [eventId, orderingKeyIndex, dueAt, entries]) => {
      return { projectId, eventId, orderingKeyIndex, dueAt, plan: unpackEntries(entries) };
    },
  }),
  deliveries: table<DeliveryTuple, CopiedRows["deliveries"]>({
    ...{ from: "deliveries", columns: named(DELIVERY_COLUMNS), key: DELIVERY },
    rowOf: deliveryOf,
  }),
  attempts: table<AttemptTuple, CopiedRows["attempts"]>({
    from: "attempts",
    columns: `t.event, t.subscription, t.cause, t.number, t.started_at, t.duration_ms, t.status_code,
      t.error_code, t.sealed_excerpt`,
    key: [...DELIVERY, ["t.number", "integer", 0]],
    rowOf: (projectId, [eventId, subscriptionId, cause, number, startedAt, durationMs, ...rest]) => {
      const [statusCode, errorCode, sealedExcerpt] = rest;
      const attempt = { number, startedAt, durationMs, statusCode, errorCode, sealedExcerpt };
      return { projectId, eventId, subscriptionId, cause: causeOf(cause), ...attempt };
    },
  }),
  idempotency: table<IdempotencyTuple, CopiedRows["idempotency"]>({
    ...{ from: "idempotency", columns: "t.kind, t.key_index, t.fingerprint, t.event, t.expires_at" },
    key: [PROJECT, ["t.kind", "text", ""], ["t.key_index", "text", ""]],
    rowOf: (projectId, [kind, keyIndex, fingerprint, eventId, expiresAt]) => {
      return { projectId, kind, keyIndex, fingerprint, eventId, expiresAt };
    },
  }),
  jobs: table<JobTuple, CopiedRows["jobs"]>({
    ...{ from: "jobs", columns: JOB_COLUMNS.replaceAll(/\w+/g, "t.$&"), key: [["t.n", "bigint", 0]] },
    join: "JOIN projects AS p ON p.id = t.project AND p.deleted_at IS NULL",
    rowOf: (_projectId, tuple) => jobOf(tuple),
  }),
};

export async function exportRows<Kind extends CopiedKind>(
  db: Session,
  { kind, after, limit }: { readonly kind: Kind; readonly after: string | null; readonly limit: number },
): Promise<{ readonly rows: readonly CopiedRows[Kind][]; readonly after: string | null }> {
  const { key, page, rowOf } = EXPORTS[kind];
  const from = after === null ? key.map(([, , least]) => least) : (JSON.parse(after) as KeyPart[]);
  const tuples = await db.all(page, ...(from satisfies readonly Value[]), limit);
  const rows = tuples.map((tuple) => rowOf(String(tuple.at(-key.length - 1)), tuple));
  const last = tuples.length < limit ? undefined : tuples.at(-1);
  return { rows, after: last === undefined ? null : JSON.stringify(last.slice(-key.length)) };
}

export async function countRows(db: Session, kind: CopiedKind): Promise<number> {
  return (await db.get(EXPORTS[kind].count))?.[0] ?? 0;
}
