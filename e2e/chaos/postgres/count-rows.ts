import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openClient } from "../../../packages/server/src/store/postgres/testing/open-client.ts";

/** What is compared, in SQL that both sides understand but for how they write bytes and texts. */
interface Dialect {
  hex(column: string): string;
  text(expression: string): string;
}

const SQLITE: Dialect = {
  hex: (column) => `lower(hex(${column}))`,
  text: (expression) => `CAST(${expression} AS TEXT)`,
};
const POSTGRES: Dialect = {
  hex: (column) => `replace(${column}::text, '-', '')`,
  text: (expression) => `(${expression})::text`,
};

function statements({ hex, text }: Dialect): Readonly<Record<string, string>> {
  const count = (table: string, ...more: string[]) =>
    `SELECT ${["count(*)", ...more].map(text).join(" || ' ' || ")} FROM ${table}`;
  return {
    projects: count("projects"),
    keys: count("wrapped_keys", "sum(length(wrapped))"),
    credentials: count("credentials", "sum(created_at)"),
    subscriptions: count("subscriptions", "sum(length(sealed))", "sum(effective_at)"),
    event_types: count("event_types"),
    ordering_keys: count("ordering_keys", "sum(position)"),
    events: count("events", "sum(bytes)", "sum(position)", "sum(expires_at)", "sum(length(sealed))"),
    plans: count("plans", "sum(length(entries) / 17 - taken)", "sum(due_at)"),
    deliveries: `SELECT ${hex("subscription")} || ' ' || ${["state", "count(*)", "sum(attempt)", "sum(due_at)", "count(lease_token)", "sum(coalesce(position, 0))", "sum(takeovers)"].map(text).join(" || ' ' || ")} FROM deliveries GROUP BY subscription, state`,
    attempts: count("attempts", "sum(number)", "sum(duration_ms)", "sum(status_code)", "sum(started_at)"),
    idempotency: count("idempotency", "count(DISTINCT key_index)", "sum(expires_at)"),
  };
}

/** Sums over each table, and one digest over ids and sealed bytes of all events. */
export type Counts = Readonly<Record<string, readonly string[]>>;

export function countSqlite(dataDir: string): Counts {
  const db = new DatabaseSync(join(dataDir, "triggers.db"), { readOnly: true });
  try {
    const counts = Object.entries(statements(SQLITE)).map(([name, statement]) => {
      const rows = db
        .prepare(statement)
        .all()
        .map((row) => String(Object.values(row)[0]));
      return [name, rows.toSorted()] as const;
    });
    const digest = createHash("sha256");
    for (const row of db.prepare("SELECT lower(hex(id)) AS id, sealed FROM events ORDER BY id").iterate())
      digest.update(`${row.id} ${md5(row.sealed as Uint8Array)}\n`);
    return { ...Object.fromEntries(counts), content: [digest.digest("hex")] };
  } finally {
    db.close();
  }
}

export async function countPostgres(url: string): Promise<Counts> {
  const client = await openClient(url);
  try {
    const ask = async (statement: string) =>
      (await client.query<string[]>({ text: statement, rowMode: "array" })).rows.map((row) => row.join(" "));
    const counts: Record<string, readonly string[]> = {};
    for (const [name, statement] of Object.entries(statements(POSTGRES)))
      counts[name] = (await ask(statement)).toSorted();
    const digest = createHash("sha256");
    const content = "SELECT replace(id::text, '-', ''), md5(sealed) FROM events ORDER BY id";
    for (const row of await ask(content)) digest.update(`${row}\n`);
    return { ...counts, content: [digest.digest("hex")] };
  } finally {
    await client.end();
  }
}

function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
