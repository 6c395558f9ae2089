import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { countOperations, type Operation } from "./testing/count-operations.ts";

const DOCUMENT = new URL("../../../../../docs/deploy-aws.md", import.meta.url);
/** On-demand, Standard table class, us-east-1: dollars for a million units. */
const WRITE_PRICE = 0.625;
const READ_PRICE = 0.125;

test("the prices in docs/deploy-aws.md are those of the units that are counted", async () => {
  const document = await readFile(DOCUMENT, "utf8");
  for (const operation of await countOperations()) expect(document).toContain(rowOf(operation));
});

function rowOf({ name, write, read }: Operation): string {
  const dollars = write * WRITE_PRICE + read * READ_PRICE;
  return `| ${name} | ${write} | ${read} | $${dollars.toFixed(2)} |`;
}
