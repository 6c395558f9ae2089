import type { Duplex } from "node:stream";
import type { ClientBase } from "pg";
import type { Answer, Value } from "./session.ts";
import type { Sql } from "./sql.ts";

/**
 * Runs a statement on a connection. After `limitMs` it is given up, and its connection with it: what is still to come would stand before the answers to later ones.
 *
 * The driver has such a limit, and promises; neither is asked for. For both it sets a function literal as a property of the query, and V8 allocates such functions among its old objects (`set_pretenure` in its
 * parser). Dead, they keep query, values and buffers alive until a full collection, of which there were two a second at 13,000 events/s.
 */
export function runQuery(
  client: ClientBase,
  { name, text }: Sql<readonly unknown[]>,
  { values, limitMs }: { readonly values: readonly Value[]; readonly limitMs: number },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(new Error("Query read timeout"));
      streamOf(client).destroy();
    };
    const timer = setTimeout(giveUp, limitMs);
    const query = { name, text, values: [...values], rowMode: "array" as const };
    void client.query<unknown[]>(query, (error: Error | undefined, answer) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

/** What the driver writes to. */
export function streamOf(client: ClientBase): Duplex {
  return (client as unknown as { connection: { stream: Duplex } }).connection.stream;
}
