import { appendFile, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openBatchFile } from "./open-batch-file.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "triggers-batch-"));
  path = join(folder, "events.ndjson");
  await writeFile(path, '{"payload":{}}\n');
});
afterEach(() => rm(folder, { recursive: true }));

async function keyOf(file = path): Promise<string> {
  await using batch = await openBatchFile(file);
  return batch.key;
}

it("A file has the same key each time", async () => {
  expect(await keyOf()).toBe(await keyOf());
  expect(await keyOf(join(folder, ".", "events.ndjson"))).toBe(await keyOf());
});

it.each([
  ["has grown", () => appendFile(path, '{"payload":{}}\n')],
  ["has other bytes of the same length", () => writeFile(path, '{"paylaod":{}}\n')],
  ["was written again", () => utimes(path, new Date(5), new Date(5))],
])("A file that %s has another key", async (_what, change) => {
  const before = await keyOf();
  await change();
  expect(await keyOf()).not.toBe(before);
});

it("The same file at another place has another key", async () => {
  const before = await keyOf();
  const moved = join(folder, "other.ndjson");
  await rename(path, moved);
  expect(await keyOf(moved)).not.toBe(before);
});

it("A folder is refused with words", async () => {
  await expect(openBatchFile(folder)).rejects.toThrow("is no file");
});
