import { Client } from "pg";

/** A plain connection beside those of a store. Its end, by whomever, is told by `end` alone. */
export async function openClient(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
