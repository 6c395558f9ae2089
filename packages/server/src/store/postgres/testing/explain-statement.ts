import type { ClientBase } from "pg";

/** The plan of a statement, line by line, as every connection of the store makes it. */
export async function explainStatement(client: ClientBase, text: string): Promise<string[]> {
  const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place)));
  await client.query(`PREPARE planned AS ${text}`);
  try {
    const values = count === 0 ? "" : `(${Array.from({ length: count }, () => "NULL").join(", ")})`;
    const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN EXECUTE planned${values}`);
    return rows.map((row) => row["QUERY PLAN"]);
  } finally {
    await client.query("DEALLOCATE planned");
  }
}
