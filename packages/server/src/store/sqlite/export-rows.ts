import { uuidText } from "../../domain/ids.ts";
import type { CopiedKind, CopiedRows } from "../copy-store.ts";
import { COLUMNS as CREDENTIAL_COLUMNS, type CredentialTuple, credentialOf } from "./credentials.ts";
import { COLUMNS as JOB_COLUMNS, type JobTuple, jobOf } from "./jobs.ts";
import type { Database, Value } from "./open-database.ts";
import { readEntries, readPlan } from "./plans.ts";
import {
  DELIVERY_COLUMNS,
  type DeliveryTuple,
  deliveryOf,
  EVENT_COLUMNS,
  type EventTuple,
  eventOf,
  keyOfTuple,
} from "./rows.ts";
import { operatorSql, type Sql } from "./sql.ts";
import { SUBSCRIPTION_COLUMNS, type SubscriptionTuple, subscriptionOf } from "./subscription-rows.ts";

/** How rows of one kind are read in the order of a key. */
interface Export<Row> {
  /** Before the first row: the least key. */
  readonly first: readonly Value[];
  /** Rows behind a key, each with its own. */
  read(db: Database, after: readonly Value[], limit: number): readonly (readonly [readonly Value[], Row])[];
}

/** Of a table whose statement gives `columns`, then the id of the project, then the `first.length` columns of the key. */
function table<Tuple extends readonly unknown[], Row>(parts: {
  readonly first: readonly Value[];
  readonly statement: Sql<readonly [...Tuple, ...unknown[]]>;
  rowOf(db: Database, projectId: string, tuple: Tuple): Row;
}): Export<Row> {
  const { first, statement, rowOf } = parts;
  return {
    first,
    read: (db, after, limit) =>
      db.all(statement, ...after, limit).map((tuple) => {
        const key = tuple.slice(-first.length) as Value[];
        const projectId = String(tuple.at(-first.length - 1));
        return [key, rowOf(db, projectId, tuple as unknown as Tuple)] as const;
      }),
  };
}

/** `columns` of a table of projects, in the order of `key`. */
function select(name: string, columns: string, key: readonly string[]) {
  const marks = key.map((_, index) => `?${index + 1}`);
  return `SELECT ${columns}, (SELECT id FROM projects WHERE number = project), ${key.join(", ")} FROM ${name}
    WHERE (${key.join(", ")}) > (${marks.join(", ")}) AND project IN (SELECT number FROM projects WHERE deleted_at IS NULL)
    ORDER BY ${key.join(", ")} LIMIT ?${key.length + 1} + 0`;
}

const NONE = new Uint8Array(0);
const DELIVERY_KEY = ["project", "event", "subscription", "cause"];

const EXPORTS: { readonly [Kind in CopiedKind]: Export<CopiedRows[Kind]> } = {
  settings: table<readonly [string, Uint8Array], CopiedRows["settings"]>({
    first: [""],
    statement: operatorSql(
      "SELECT name, value, '', name FROM settings WHERE name > ? ORDER BY name LIMIT ? + 0",
    ),
    rowOf: (_db, _projectId, [name, value]) => ({ name, value }),
  }),
  projects: table<readonly [string, string, number], CopiedRows["projects"]>({
    first: [0],
    statement: operatorSql(`SELECT id, name, created_at, id, number FROM projects
      WHERE number > ? AND deleted_at IS NULL ORDER BY number LIMIT ? + 0`),
    rowOf: (_db, _projectId, [id, name, createdAt]) => ({ id, name, createdAt }),
  }),
  keys: table<readonly [string, "data" | "index", Uint8Array, number], CopiedRows["keys"]>({
    first: [0],
    statement: operatorSql(select("wrapped_keys", "id, kind, wrapped, created_at", ["n"])),
    rowOf: (_db, projectId, [id, kind, wrapped, createdAt]) => {
      return { projectId, key: { id, kind, wrapped, createdAt } };
    },
  }),
  credentials: table<CredentialTuple, CopiedRows["credentials"]>({
    first: [0],
    statement: operatorSql(select("credentials AS c", CREDENTIAL_COLUMNS, ["c.rowid"])),
    rowOf: (_db, projectId, tuple) => credentialOf(projectId, tuple),
  }),
  subscriptions: table<SubscriptionTuple, CopiedRows["subscriptions"]>({
    first: [0],
    statement: operatorSql(select("subscriptions", SUBSCRIPTION_COLUMNS, ["rowid"])),
    rowOf: (_db, projectId, tuple) => subscriptionOf(projectId, tuple),
  }),
  event_types: table<readonly [string, number], CopiedRows["event_types"]>({
    first: [0, ""],
    statement: operatorSql(select("event_types", "type, last_seen_at", ["project", "type"])),
    rowOf: (_db, projectId, [type, lastSeenAt]) => ({ projectId, type, lastSeenAt }),
  }),
  ordering_keys: table<readonly [string, number, number], CopiedRows["ordering_keys"]>({
    first: [0, ""],
    statement: operatorSql(select("ordering_keys", "key_index, position, used_at", ["project", "key_index"])),
    rowOf: (_db, projectId, [key, position, usedAt]) => ({ projectId, key, position, usedAt }),
  }),
  events: table<readonly [...EventTuple, number | null], CopiedRows["events"]>({
    first: [0],
    statement: operatorSql(select("events", `${EVENT_COLUMNS}, position`, ["n"])),
    rowOf: (_db, projectId, tuple) => ({ event: eventOf(projectId, tuple), position: tuple[13] }),
  }),
  plans: table<readonly [Uint8Array, string | null, number, number], CopiedRows["plans"]>({
    first: [0],
    statement: operatorSql(select("plans", "event, ordering_key_index, due_at, project", ["n"])),
    rowOf: (db, projectId, [event, orderingKeyIndex, dueAt, project]) => {
      const { taken = 0, size = 0 } = readPlan(db, project, event) ?? {};
      const plan = readEntries(db, { project, event }, { from: taken, limit: size - taken });
      return { projectId, eventId: uuidText(event), orderingKeyIndex, dueAt, plan };
    },
  }),
  deliveries: table<DeliveryTuple, CopiedRows["deliveries"]>({
    first: [0, NONE, NONE, NONE],
    statement: operatorSql(select("deliveries", DELIVERY_COLUMNS, DELIVERY_KEY)),
    rowOf: (_db, projectId, tuple) => deliveryOf(projectId, tuple),
  }),
  attempts: table<
    readonly [
      ...[event: Uint8Array, subscription: Uint8Array, cause: Uint8Array, number: number],
      ...[startedAt: number, durationMs: number, statusCode: number | null],
      ...[errorCode: string | null, sealedExcerpt: Uint8Array | null],
    ],
    CopiedRows["attempts"]
  >({
    first: [0, NONE, NONE, NONE, 0],
    statement: operatorSql(
      select(
        "attempts",
        `event, subscription, cause, number, started_at, duration_ms, status_code, error_code,
          sealed_excerpt`,
        [...DELIVERY_KEY, "number"],
      ),
    ),
    rowOf: (_db, projectId, [event, subscription, cause, number, ...rest]) => {
      const [startedAt, durationMs, statusCode, errorCode, sealedExcerpt] = rest;
      const attempt = { startedAt, durationMs, statusCode, errorCode, sealedExcerpt };
      return { projectId, ...keyOfTuple(event, subscription, cause), number, ...attempt };
    },
  }),
  idempotency: table<
    readonly [kind: "key" | "cloudevent", key: string, print: string, event: Uint8Array, expiresAt: number],
    CopiedRows["idempotency"]
  >({
    first: [0, "", ""],
    statement: operatorSql(
      select("idempotency", "kind, key_index, fingerprint, event, expires_at", [
        "project",
        "kind",
        "key_index",
      ]),
    ),
    rowOf: (_db, projectId, [kind, keyIndex, fingerprint, event, expiresAt]) => {
      return { projectId, kind, keyIndex, fingerprint, eventId: uuidText(event), expiresAt };
    },
  }),
  jobs: table<JobTuple, CopiedRows["jobs"]>({
    first: [0],
    statement: operatorSql(`SELECT ${JOB_COLUMNS}, project, n FROM jobs WHERE n > ?
      AND project IN (SELECT id FROM projects WHERE deleted_at IS NULL) ORDER BY n LIMIT ? + 0`),
    rowOf: (_db, _projectId, tuple) => jobOf(tuple),
  }),
};

export function exportRows<Kind extends CopiedKind>(
  db: Database,
  { kind, after, limit }: { readonly kind: Kind; readonly after: string | null; readonly limit: number },
): { readonly rows: readonly CopiedRows[Kind][]; readonly after: string | null } {
  const { first, read } = EXPORTS[kind];
  const found = read(db, after === null ? first : readPlace(after), limit);
  const last = found.length < limit ? undefined : found.at(-1);
  return { rows: found.map(([, row]) => row), after: last === undefined ? null : writePlace(last[0]) };
}

const COUNTS = Object.fromEntries(
  (Object.keys(EXPORTS) as CopiedKind[]).map((kind) => {
    const name = kind === "keys" ? "wrapped_keys" : kind;
    const isOpen = {
      settings: "true",
      projects: "deleted_at IS NULL",
      jobs: "project IN (SELECT id FROM projects WHERE deleted_at IS NULL)",
    }[kind as string];
    const where = isOpen ?? "project IN (SELECT number FROM projects WHERE deleted_at IS NULL)";
    return [kind, operatorSql<readonly [number]>(`SELECT count(*) FROM ${name} WHERE ${where}`)];
  }),
) as { readonly [Kind in CopiedKind]: Sql<readonly [number]> };

export function countRows(db: Database, kind: CopiedKind): number {
  return db.get(COUNTS[kind])?.[0] ?? 0;
}

/** A key as text: numbers and texts as they are, bytes in hex. */
function writePlace(key: readonly Value[]): string {
  return JSON.stringify(key.map((value) => (value instanceof Uint8Array ? [hex(value)] : value)));
}

function readPlace(text: string): Value[] {
  const key = JSON.parse(text) as readonly (string | number | readonly [string])[];
  return key.map((value) => (typeof value === "object" ? Buffer.from(value[0], "hex") : value));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
