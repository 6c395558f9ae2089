import { timeOfId } from "../../domain/ids.ts";
import type { CopiedKind, CopiedRows } from "../copy-store.ts";
import { packEntries } from "../plan-entries.ts";
import { raiseVersion } from "./create-subscriptions.ts";
import { insertCredential } from "./credentials.ts";
import { EVENT_ARRAY_COLUMNS, EVENT_ARRAY_TYPES, eventArrays } from "./event-arrays.ts";
import { epochOf, inEpoch } from "./feed-epochs.ts";
import { importDeliveries } from "./import-deliveries.ts";
import { createJob } from "./jobs.ts";
import type { Database } from "./open-database.ts";
import { hourOf } from "./ordering-keys.ts";
import { bigints, blobs, integers, texts, uuids } from "./pack-arrays.ts";
import { putSetting } from "./projects.ts";
import { causeValue } from "./rows.ts";
import type { Transaction } from "./session.ts";
import { operatorSql, type Sql } from "./sql.ts";
import { PLAIN_COLUMNS, subscriptionValues, valuePlaces } from "./subscription-rows.ts";

type Import<Row> = (tx: Transaction, rows: readonly Row[]) => Promise<unknown>;

/** `columns` of a table and their types, filled from arrays; the first array names the projects. */
function insertStatement(table: string, columns: Readonly<Record<string, string>>, absent = ""): Sql {
  const names = Object.keys(columns);
  const arrays = Object.values(columns).map((type, index) => `$${index + 2}::${type}[]`);
  return operatorSql(`INSERT INTO ${table} (project, ${names.join(", ")})
    SELECT p.number, ${names.map((name) => `w.${name}`).join(", ")}
    FROM unnest($1::text[], ${arrays.join(", ")}) WITH ORDINALITY AS w (project_id, ${names.join(", ")}, place)
    JOIN projects AS p ON p.id = w.project_id ${absent} ORDER BY w.place ON CONFLICT DO NOTHING`);
}

const projectsOf = (rows: readonly { readonly projectId: string }[]) =>
  texts(rows.map(({ projectId }) => projectId));

const INSERT_PROJECT = operatorSql(
  "INSERT INTO projects (id, name, created_at, match_version) VALUES ($1, $2, $3, 0) ON CONFLICT (id) DO NOTHING",
);
const INSERT_KEYS = insertStatement(
  "wrapped_keys",
  { id: "text", kind: "text", wrapped: "bytea", created_at: "bigint" },
  "WHERE NOT EXISTS (SELECT 1 FROM wrapped_keys AS k WHERE k.project = p.number AND k.id = w.id)",
);
const INSERT_SUBSCRIPTION = operatorSql(`INSERT INTO subscriptions (project, id, ${PLAIN_COLUMNS})
  SELECT p.number, $2, ${valuePlaces(3)} FROM projects AS p WHERE p.id = $1 ON CONFLICT DO NOTHING`);
const INSERT_TYPES = insertStatement("event_types", { type: "text", last_seen_at: "bigint" });
const INSERT_ORDERING_KEYS = insertStatement("ordering_keys", {
  ...{ key_index: "text", position: "bigint", used_at: "bigint", used_hour: "integer" },
});
const INSERT_EVENTS = operatorSql(`INSERT INTO events (project, epoch, ${EVENT_ARRAY_COLUMNS})
  SELECT p.number, ${epochOf("NULL")},
    ${EVENT_ARRAY_COLUMNS.replaceAll(/\w+/g, "w.$&")}
  FROM unnest($1::text[], ${EVENT_ARRAY_TYPES}) AS w (project_id, ${EVENT_ARRAY_COLUMNS})
  JOIN projects AS p ON p.id = w.project_id ON CONFLICT DO NOTHING`);
const INSERT_PLANS = insertStatement("plans", {
  ...{ event: "uuid", ordering_key_index: "text", due_at: "bigint", taken: "integer", entries: "bytea" },
});
const INSERT_ATTEMPTS = insertStatement("attempts", {
  ...{ event: "uuid", subscription: "uuid", cause: "uuid", number: "integer", started_at: "bigint" },
  ...{ duration_ms: "integer", status_code: "integer", error_code: "text", sealed_excerpt: "bytea" },
});
const INSERT_IDEMPOTENCY = insertStatement("idempotency", {
  ...{ kind: "text", key_index: "text", fingerprint: "text", event: "uuid" },
  ...{ claimed_at: "bigint", expires_at: "bigint" },
});

const IMPORTS: { readonly [Kind in CopiedKind]: Import<CopiedRows[Kind]> } = {
  settings: each((tx, { name, value }) => putSetting(tx, name, value)),
  projects: each((tx, { id, name, createdAt }) => tx.run(INSERT_PROJECT, id, name, createdAt)),
  keys: (tx, rows) =>
    tx.run(
      INSERT_KEYS,
      projectsOf(rows),
      texts(rows.map(({ key }) => key.id)),
      texts(rows.map(({ key }) => key.kind)),
      blobs(rows.map(({ key }) => key.wrapped)),
      bigints(rows.map(({ key }) => key.createdAt)),
    ),
  credentials: each((tx, credential) => insertCredential(tx, credential)),
  subscriptions: each(async (tx, subscription) => {
    const { projectId, id } = subscription;
    await tx.run(INSERT_SUBSCRIPTION, projectId, id, ...subscriptionValues(subscription));
    raiseVersion(tx, projectId);
  }),
  event_types: (tx, rows) =>
    tx.run(
      INSERT_TYPES,
      projectsOf(rows),
      texts(rows.map(({ type }) => type)),
      bigints(rows.map(({ lastSeenAt }) => lastSeenAt)),
    ),
  ordering_keys: (tx, rows) =>
    tx.run(
      INSERT_ORDERING_KEYS,
      projectsOf(rows),
      texts(rows.map(({ key }) => key)),
      bigints(rows.map(({ position }) => position)),
      bigints(rows.map(({ usedAt }) => usedAt)),
      integers(rows.map(({ usedAt }) => hourOf(usedAt))),
    ),
  events: (tx, rows) =>
    tx.run(
      INSERT_EVENTS,
      projectsOf(rows.map(({ event }) => event)),
      ...eventArrays(rows.map((row) => ({ ...row, isPlanned: row.event.isPlanned }))),
    ),
  plans: (tx, rows) =>
    tx.run(
      INSERT_PLANS,
      projectsOf(rows),
      uuids(rows.map(({ eventId }) => eventId)),
      texts(rows.map(({ orderingKeyIndex }) => orderingKeyIndex)),
      bigints(rows.map(({ dueAt }) => dueAt)),
      integers(rows.map(() => 0)),
      blobs(rows.map(({ plan }) => packEntries(plan))),
    ),
  deliveries: importDeliveries,
  attempts: (tx, rows) =>
    tx.run(
      INSERT_ATTEMPTS,
      projectsOf(rows),
      uuids(rows.map(({ eventId }) => eventId)),
      uuids(rows.map(({ subscriptionId }) => subscriptionId)),
      uuids(rows.map(({ cause }) => causeValue(cause))),
      integers(rows.map(({ number }) => number)),
      bigints(rows.map(({ startedAt }) => startedAt)),
      integers(rows.map(({ durationMs }) => durationMs)),
      integers(rows.map(({ statusCode }) => statusCode)),
      texts(rows.map(({ errorCode }) => errorCode)),
      blobs(rows.map(({ sealedExcerpt }) => sealedExcerpt)),
    ),
  idempotency: (tx, rows) =>
    tx.run(
      INSERT_IDEMPOTENCY,
      projectsOf(rows),
      texts(rows.map(({ kind }) => kind)),
      texts(rows.map(({ keyIndex }) => keyIndex)),
      texts(rows.map(({ fingerprint }) => fingerprint)),
      uuids(rows.map(({ eventId }) => eventId)),
      bigints(rows.map(({ eventId }) => timeOfId(eventId))),
      bigints(rows.map(({ expiresAt }) => expiresAt)),
    ),
  jobs: each((tx, job) => createJob(tx, job)),
};

function each<Row>(insert: (tx: Transaction, row: Row) => Promise<unknown>): Import<Row> {
  return async (tx, rows) => {
    for (const row of rows) await insert(tx, row);
  };
}

/** Inserts what is absent, in one transaction. */
export async function importRows<Kind extends CopiedKind>(
  db: Database,
  kind: Kind,
  rows: readonly CopiedRows[Kind][],
): Promise<void> {
  if (rows.length > 0) await inEpoch(db, () => db.sweep((tx) => IMPORTS[kind](tx, rows)));
}
