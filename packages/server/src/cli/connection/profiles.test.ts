import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { profilesFile, readProfiles, writeProfiles } from "./profiles.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "triggers-profiles-"));
});
afterEach(() => rm(home, { recursive: true }));

const PROFILES = { chosen: "a", profiles: [{ name: "a", url: "http://a", apiKey: "k" }] };

it("There are none before the first is written", async () => {
  expect(await readProfiles(home)).toEqual({ chosen: null, profiles: [] });
});

it("They come back as they were written, and nobody else may read them", async () => {
  await writeProfiles(home, PROFILES);
  expect(await readProfiles(home)).toEqual(PROFILES);
  const file = profilesFile(home);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
  expect(await readdir(dirname(file))).toEqual(["profiles.json"]);
});

it("A file that others may read is refused, with the line that mends it", async () => {
  await writeProfiles(home, PROFILES);
  await chmod(profilesFile(home), 0o640);
  await expect(readProfiles(home)).rejects.toThrow(`Run \`chmod 600 ${profilesFile(home)}\``);
});

it.each([
  "",
  "[]",
  "{}",
  '{"chosen":1,"profiles":{}}',
  '{"chosen":null,"profiles":{"a":{"url":"http://a"}}}',
])("A file with %j in it is told, and not overlooked", async (text) => {
  await writeProfiles(home, PROFILES);
  await writeFile(profilesFile(home), text);
  await expect(readProfiles(home)).rejects.toThrow("is no list of profiles");
});
