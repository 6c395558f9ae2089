import fc from "fast-check";
import type { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bigints, blobs, booleans, integers, smallints, texts, uuids } from "./pack-arrays.ts";
import { openClient } from "./testing/open-client.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await openTestDatabase({ isEmpty: true });
  client = await openClient(database.url);
});

afterAll(async () => {
  await client.end();
  await database.release();
});

/** What the server makes of an array, element by element, as texts. */
async function readBack(type: string, packed: Buffer): Promise<(string | null)[]> {
  const text = type === "bytea" ? "encode(value, 'hex')" : "value::text";
  const { rows } = await client.query<{ text: string | null }>(
    `SELECT ${text} AS text FROM unnest($1::${type}[]) WITH ORDINALITY AS a (value, place) ORDER BY place`,
    [packed],
  );
  return rows.map((row) => row.text);
}

const nullable = <T>(values: fc.Arbitrary<T>) => fc.array(fc.option(values), { maxLength: 20 });
const asText = (value: unknown) => (value === null ? null : String(value));

const CASES = [
  ["boolean", fc.boolean(), booleans, asText],
  ["smallint", fc.integer({ min: -32_768, max: 32_767 }), smallints, asText],
  ["integer", fc.integer(), integers, asText],
  ["bigint", fc.maxSafeInteger(), bigints, asText],
  ["text", fc.string({ unit: "binary" }).filter((text) => !text.includes("\0")), texts, asText],
  ["uuid", fc.uuid(), uuids, asText],
  [
    "bytea",
    fc.uint8Array(),
    blobs,
    (value: unknown) => value && Buffer.from(value as Uint8Array).toString("hex"),
  ],
] as const;

test.each(CASES)("the server reads a packed array of %s as it was", async (type, values, pack, show) => {
  const packAny = pack as (values: readonly unknown[]) => Buffer;
  await fc.assert(
    fc.asyncProperty(nullable<unknown>(values), async (list) => {
      expect(await readBack(type, packAny(list))).toEqual(list.map(show));
    }),
    { numRuns: 30 },
  );
});
