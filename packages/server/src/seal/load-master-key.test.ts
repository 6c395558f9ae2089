import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadMasterKey, type MasterKeySource } from "./load-master-key.ts";
import { type MasterKey, MasterKeyError, makeMasterKeyText } from "./master-key.ts";

/** Settings as a store keeps them. */
function makeSettings(): MasterKeySource["store"] & { readonly rows: Map<string, Uint8Array> } {
  const rows = new Map<string, Uint8Array>();
  return {
    rows,
    readSetting: async (name) => rows.get(name) ?? null,
    putSetting: async (name, value) => {
      const stands = rows.get(name) ?? value;
      rows.set(name, stands);
      return stands;
    },
  };
}

let dataDir: string;
let file: string;
let store: ReturnType<typeof makeSettings>;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "master-key-"));
  file = join(dataDir, "master.key");
  store = makeSettings();
});
afterEach(() => rm(dataDir, { recursive: true }));

function load(overrides: Partial<MasterKeySource> = {}): Promise<MasterKey> {
  return loadMasterKey({ fromSetting: null, dataDir, store, randomBytes, ...overrides });
}

async function refusalOf(loading: Promise<MasterKey>): Promise<MasterKeyError> {
  const error: unknown = await loading.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof MasterKeyError) return error;
  throw new Error(`expected a refusal, got ${String(error)}`);
}

/** What a refused start must leave as it is. */
async function stateNow(): Promise<unknown> {
  const names = await readdir(dataDir);
  const files = await Promise.all(names.sort().map((name) => readFile(join(dataDir, name), "latin1")));
  return { names, files, rows: [...store.rows] };
}

describe("a first start", () => {
  it("makes a key file of mode 0600 that holds the key as one line, and leaves nothing else", async () => {
    await load();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "latin1")).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
    expect(await readdir(dataDir)).toEqual(["master.key"]);
  });

  it("has the key file before the store gets the check value", async () => {
    let text = "";
    const putSetting: typeof store.putSetting = async (name, value) => {
      text = await readFile(file, "latin1");
      return store.putSetting(name, value);
    };
    await load({ store: { ...store, putSetting } });
    expect(text).toHaveLength(45);
  });

  it("takes a key file that is there already", async () => {
    await writeFile(file, `${makeMasterKeyText(randomBytes)}\n`, { mode: 0o600 });
    const before = await readFile(file, "latin1");
    await load();
    expect(await readFile(file, "latin1")).toBe(before);
    expect(await readdir(dataDir)).toEqual(["master.key"]);
  });

  it("with the setting makes no file", async () => {
    await load({ fromSetting: makeMasterKeyText(randomBytes) });
    expect(await readdir(dataDir)).toEqual([]);
  });

  it("without file and setting is refused with a fresh key that then works", async () => {
    const refusal = await refusalOf(load({ dataDir: null }));
    expect(refusal.fault).toBe("missing");
    const fresh = /: ([A-Za-z0-9+/]{43}=)$/.exec(refusal.message)?.[1] ?? "";
    expect((await refusalOf(load({ dataDir: null }))).message).not.toContain(fresh);
    expect(store.rows.size).toBe(0);
    await load({ dataDir: null, fromSetting: fresh });
    expect(store.rows.size).toBe(1);
  });

  it("of many processes at once gives all of them the same key", async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => load()));
    const wrapped = keys[0]?.wrap("a", randomBytes(32)) ?? Buffer.alloc(0);
    for (const key of keys) expect(key.unwrap("a", wrapped)).not.toBeNull();
    expect(await readdir(dataDir)).toEqual(["master.key"]);
  });
});

describe("a later start", () => {
  it("gets the same key from the file, and from a setting equal to the file", async () => {
    const wrapped = (await load()).wrap("a", randomBytes(32));
    expect((await load()).unwrap("a", wrapped)).not.toBeNull();
    const text = (await readFile(file, "latin1")).trim();
    expect((await load({ fromSetting: text })).unwrap("a", wrapped)).not.toBeNull();
    expect((await load({ fromSetting: text, dataDir: null })).unwrap("a", wrapped)).not.toBeNull();
  });

  it("is refused when the key file is gone, names it and makes no new one", async () => {
    await load();
    await rm(file);
    const before = await stateNow();
    const refusal = await refusalOf(load());
    expect(refusal.fault).toBe("missing");
    expect(refusal.message).toContain(file);
    expect(await stateNow()).toEqual(before);
  });

  it("is refused when the setting is gone, without offering a fresh key", async () => {
    await load({ dataDir: null, fromSetting: makeMasterKeyText(randomBytes) });
    const before = await stateNow();
    const refusal = await refusalOf(load({ dataDir: null }));
    expect(refusal.fault).toBe("missing");
    expect(refusal.message).not.toMatch(/[A-Za-z0-9+/]{43}/);
    expect(await stateNow()).toEqual(before);
  });

  it("is refused with another key in the setting or in the file, and changes nothing", async () => {
    await load({ fromSetting: makeMasterKeyText(randomBytes) });
    const other = makeMasterKeyText(randomBytes);
    expect((await refusalOf(load({ fromSetting: other }))).fault).toBe("wrong");
    await writeFile(file, `${other}\n`, { mode: 0o600 });
    const before = await stateNow();
    const refusal = await refusalOf(load());
    expect(refusal.fault).toBe("wrong");
    expect(refusal.message).toContain(file);
    expect(refusal.message).not.toContain(other);
    expect(await stateNow()).toEqual(before);
  });

  it("is refused when setting and file differ, also when one of them is right", async () => {
    await load();
    const before = await stateNow();
    const other = makeMasterKeyText(randomBytes);
    const refusal = await refusalOf(load({ fromSetting: other }));
    expect(refusal.fault).toBe("conflict");
    expect(refusal.message).not.toContain(other);
    expect(await stateNow()).toEqual(before);
  });
});

describe("a key file", () => {
  it.each([0o644, 0o640, 0o604, 0o620])("of mode %o is refused with what to run", async (mode) => {
    await load();
    await chmod(file, mode);
    const refusal = await refusalOf(load());
    expect(refusal.fault).toBe("exposed");
    expect(refusal.message).toContain(`chmod 600 ${file}`);
  });

  it("that its owner made read-only is taken", async () => {
    await load();
    await chmod(file, 0o400);
    await expect(load()).resolves.toBeDefined();
  });

  it.each([
    ["empty", ""],
    ["of 31 bytes", Buffer.alloc(31, 7).toString("base64")],
    ["of raw bytes", "\u0001".repeat(32)],
    ["with a second line", `${Buffer.alloc(32, 7).toString("base64")}\n\n`],
  ])("that is %s is refused", async (_what, text) => {
    await load();
    await writeFile(file, text);
    const refusal = await refusalOf(load());
    expect(refusal.fault).toBe("malformed");
    expect(refusal.message).toContain(file);
  });
});

it("a setting that is no key is refused without showing it", async () => {
  const refusal = await refusalOf(load({ fromSetting: "correct-horse-battery" }));
  expect(refusal.fault).toBe("malformed");
  expect(refusal.message).not.toContain("correct-horse-battery");
  expect(await readdir(dataDir)).toEqual([]);
});
