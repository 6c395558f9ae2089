import { describe, expect, it } from "vitest";
import { readClientSettings } from "../../config.ts";
import type { ConnectionOptions } from "./connection.ts";
import { findConnection } from "./find-connection.ts";
import type { Profiles } from "./profiles.ts";

const PROFILES: Profiles = {
  chosen: "local",
  profiles: [
    { name: "local", url: "http://127.0.0.1:8080", apiKey: "local-key" },
    { name: "prod", url: "https://triggers.example.com/", apiKey: "prod-key" },
  ],
};
const NONE: Profiles = { chosen: null, profiles: [] };

interface Scene {
  readonly options?: ConnectionOptions;
  readonly env?: Readonly<Record<string, string>>;
  readonly profiles?: Profiles;
}

/** URL and key, each with where it came from. */
async function find({ options = {}, env = {}, profiles = PROFILES }: Scene): Promise<readonly unknown[]> {
  const { url, key } = await findConnection(options, readClientSettings(env), async () => profiles);
  return [url.value, url.from, key?.value, key?.from];
}

describe("URL and key come", () => {
  it.each<[string, Scene, readonly unknown[]]>([
    [
      "from nowhere: the URL is the default",
      { profiles: NONE },
      ["http://127.0.0.1:8080", "the default", undefined, undefined],
    ],
    [
      "from the profile in use",
      {},
      ["http://127.0.0.1:8080", "the profile local", "local-key", "the profile local"],
    ],
    [
      "from the environment before it",
      { env: { TRIGGERS_URL: "http://a", TRIGGERS_API_KEY: "env-key" } },
      ["http://a", "TRIGGERS_URL", "env-key", "TRIGGERS_API_KEY"],
    ],
    [
      "from the profile that the environment names",
      { env: { TRIGGERS_PROFILE: "prod" } },
      ["https://triggers.example.com/", "the profile prod", "prod-key", "the profile prod"],
    ],
    [
      "from the profile that the command line names, before the environment",
      { options: { profile: "prod" }, env: { TRIGGERS_URL: "http://a", TRIGGERS_API_KEY: "env-key" } },
      ["https://triggers.example.com/", "the profile prod", "prod-key", "the profile prod"],
    ],
    [
      "from the command line before all",
      { options: { url: "http://b", apiKey: "own", profile: "prod" }, env: { TRIGGERS_API_KEY: "env-key" } },
      ["http://b", "--url", "own", "--api-key"],
    ],
    [
      "from both, each for itself",
      { options: { url: "http://b" }, env: { TRIGGERS_API_KEY: "env-key" } },
      ["http://b", "--url", "env-key", "TRIGGERS_API_KEY"],
    ],
  ])("%s", async (_what, scene, expected) => {
    expect(await find(scene)).toEqual(expected);
  });
});

describe("The key of a profile", () => {
  it("goes to no other server", async () => {
    expect(await find({ options: { url: "http://b" } })).toEqual(["http://b", "--url", undefined, undefined]);
    expect((await find({ env: { TRIGGERS_URL: "http://b" } })).slice(2)).toEqual([undefined, undefined]);
    expect((await find({ options: { url: "http://b", profile: "prod" } })).slice(2)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("goes to its own however that is written", async () => {
    expect((await find({ options: { url: "http://127.0.0.1:8080/" } }))[2]).toBe("local-key");
    expect((await find({ options: { url: "HTTP://127.0.0.1:8080" } }))[2]).toBe("local-key");
  });
});

it("A profile that is not there is told, with those that are", async () => {
  await expect(find({ options: { profile: "stage" } })).rejects.toThrow(
    "There is no profile stage; there is local, prod.",
  );
});

it("Profiles are not read where nothing is missing", async () => {
  const settings = readClientSettings({ TRIGGERS_URL: "http://a", TRIGGERS_API_KEY: "k" });
  const { key } = await findConnection({}, settings, () => Promise.reject(new Error("read")));
  expect(key?.value).toBe("k");
});

describe("The settings of the command line", () => {
  it("lie where the user's programs keep theirs", () => {
    expect(readClientSettings({ XDG_CONFIG_HOME: "/x" }).configHome).toBe("/x");
    expect(readClientSettings({ XDG_CONFIG_HOME: "relative" }).configHome).toMatch(/^\/.*\.config$/);
  });

  it("are refused with words", () => {
    expect(() => readClientSettings({ TRIGGERS_URL: "ftp://a" })).toThrow("TRIGGERS_URL must be an http");
  });
});
