import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { WrappedKey } from "../domain/project.ts";
import { makeMasterKey } from "./master-key.ts";
import type { ProjectSeal } from "./project-seal.ts";
import { SealError, type SealFault } from "./seal-error.ts";
import { SEAL_OVERHEAD_BYTES } from "./sealed-blob.ts";
import { makeSealer, type Sealer, type SealerOptions } from "./sealer.ts";

const masterKey = makeMasterKey(randomBytes(32), randomBytes);
const content = [Buffer.from("head"), Buffer.from("payload")];
const plain = Buffer.from("headpayload");
const SALT = { from: 9, to: 25 } as const;

let rows: Map<string, WrappedKey[]>;
let reads: number;
let clockMs: number;
let store: SealerOptions["store"];

beforeEach(() => {
  rows = new Map();
  reads = 0;
  clockMs = 0;
  store = {
    readKeys: async (projectId) => {
      reads += 1;
      return [...(rows.get(projectId) ?? [])];
    },
    addKey: async (projectId, key) => {
      const keys = rows.get(projectId);
      if (keys === undefined) return "no_project";
      keys.push(key);
      return "added";
    },
  };
});

/** One process. */
function startSealer(overrides: Partial<SealerOptions> = {}): Sealer {
  const options = { store, masterKey, isEncrypting: true, randomBytes, monotonicMs: () => clockMs };
  return makeSealer({ ...options, ...overrides });
}

async function sealOf(sealer: Sealer, projectId = "p1"): Promise<ProjectSeal> {
  if (!rows.has(projectId)) rows.set(projectId, [...sealer.makeProjectKeys(projectId, 1)]);
  const seal = await sealer.sealOf(projectId);
  if (seal === null) throw new Error("the project has no keys");
  return seal;
}

function faultOf(act: () => unknown): SealFault | null {
  try {
    act();
    return null;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    expect(error.message).not.toContain("payload");
    return error.fault;
  }
}

function keyIdOf(blob: Buffer): string {
  return blob.subarray(1, SALT.from).toString("base64url");
}

describe("a sealed value", () => {
  it("opens to the parts, one after the other, and shows nothing of them", async () => {
    const seal = await sealOf(startSealer());
    const blob = seal.seal("e1", "content", content);
    expect(blob.length).toBe(plain.length + SEAL_OVERHEAD_BYTES);
    expect(blob.includes("head")).toBe(false);
    expect(seal.openNow("e1", "content", blob)).toEqual(plain);
    expect(await seal.open("e1", "content", new Uint8Array(blob))).toEqual(plain);
  });

  it.each([0, 1, 4_096, 1 << 20])("may have %d bytes", async (length) => {
    const seal = await sealOf(startSealer());
    const bytes = randomBytes(length);
    const opened = seal.openNow("e1", "content", seal.seal("e1", "content", [bytes]));
    expect(opened?.equals(bytes)).toBe(true);
  });

  it("opens in its own row, column and project alone", async () => {
    const sealer = startSealer();
    const seal = await sealOf(sealer);
    const blob = seal.seal("e1", "content", content);
    expect(faultOf(() => seal.openNow("e2", "content", blob))).toBe("altered");
    expect(faultOf(() => seal.openNow("e1", "settings", blob))).toBe("altered");
    expect(faultOf(() => seal.openNow("1", "contente", blob))).toBe("altered");
    const other = await sealOf(sealer, "p2");
    expect(other.openNow("e1", "content", blob)).toBeNull();
    await expect(other.open("e1", "content", blob)).rejects.toMatchObject({ fault: "unknown_key" });
  });

  it("with any bit changed is an error or an unknown key, never other bytes", async () => {
    const seal = await sealOf(startSealer());
    const blob = seal.seal("e1", "content", content);
    for (let at = 0; at < blob.length; at++) {
      const changed = Buffer.from(blob);
      changed.writeUInt8(changed.readUInt8(at) ^ 2, at);
      const fault = at === 0 ? "malformed" : at < SALT.from ? "unknown_key" : "altered";
      await expect(seal.open("e1", "content", changed)).rejects.toMatchObject({ fault });
    }
  });

  it("that is cut short or empty is an error", async () => {
    const seal = await sealOf(startSealer());
    const blob = seal.seal("e1", "content", [Buffer.alloc(0)]);
    expect(faultOf(() => seal.openNow("e1", "content", Buffer.alloc(0)))).toBe("malformed");
    expect(faultOf(() => seal.openNow("e1", "content", blob.subarray(0, -1)))).toBe("malformed");
    const longer = seal.seal("e1", "content", content);
    expect(faultOf(() => seal.openNow("e1", "content", longer.subarray(0, -1)))).toBe("altered");
  });

  it("opens in another process, and after a start", async () => {
    const blob = (await sealOf(startSealer())).seal("e1", "content", content);
    const seal = await sealOf(startSealer());
    expect(seal.openNow("e1", "content", blob)).toEqual(plain);
  });
});

describe("the setting for encryption", () => {
  it("off stores values plain, behind one byte", async () => {
    const seal = await sealOf(startSealer({ isEncrypting: false }));
    const blob = seal.seal("e1", "content", content);
    expect(blob).toEqual(Buffer.concat([Buffer.of(0), plain]));
    expect(seal.openNow("e1", "content", blob)).toEqual(plain);
    expect(seal.blindIndex("subject", "s")).toHaveLength(22);
  });

  it("may be turned either way: values of both kinds stay readable", async () => {
    const on = await sealOf(startSealer());
    const off = await sealOf(startSealer({ isEncrypting: false }));
    for (const from of [on, off]) {
      const blob = from.seal("e1", "content", content);
      for (const to of [on, off]) expect(to.openNow("e1", "content", blob)).toEqual(plain);
    }
    expect(on.blindIndex("subject", "s")).toBe(off.blindIndex("subject", "s"));
  });
});

describe("nonces", () => {
  it("never repeat within a process under one salt, whatever the project", async () => {
    const sealer = startSealer();
    const seals = [await sealOf(sealer, "p1"), await sealOf(sealer, "p2")];
    const seen = new Set<string>();
    for (let i = 0; i < 2_000; i++) {
      for (const seal of seals) seen.add(seal.seal("e1", "content", content).toString("latin1", 9, 37));
    }
    expect(seen.size).toBe(4_000);
  });

  it("go on counting when a project was forgotten and its keys were loaded again", async () => {
    const sealer = startSealer();
    const before = (await sealOf(sealer)).seal("e1", "content", content);
    sealer.forgetProject("p1");
    const after = (await sealOf(sealer)).seal("e1", "content", content);
    expect(after.subarray(0, 25)).toEqual(before.subarray(0, 25));
    expect(after.subarray(25, 37)).not.toEqual(before.subarray(25, 37));
  });

  it("belong to a salt of its own in each process", async () => {
    const salts = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const blob = (await sealOf(startSealer())).seal("e1", "content", content);
      salts.add(blob.toString("latin1", SALT.from, SALT.to));
    }
    expect(salts.size).toBe(20);
  });
});

describe("a rotation", () => {
  it("is in force at once where it was made, and old values stay readable", async () => {
    const sealer = startSealer();
    const seal = await sealOf(sealer);
    const old = seal.seal("e1", "content", content);
    expect(await sealer.rotateDataKey("p1", 2)).toBe("rotated");
    const fresh = (await sealOf(sealer)).seal("e1", "content", content);
    expect(keyIdOf(fresh)).not.toBe(keyIdOf(old));
    expect(keyIdOf(fresh)).toBe(rows.get("p1")?.at(-1)?.id);
    expect(seal.openNow("e1", "content", old)).toEqual(plain);
    expect(seal.openNow("e1", "content", fresh)).toEqual(plain);
  });

  it("leaves blind indexes as they are", async () => {
    const sealer = startSealer();
    const before = (await sealOf(sealer)).blindIndex("subject", "s");
    await sealer.rotateDataKey("p1", 2);
    expect((await sealOf(startSealer())).blindIndex("subject", "s")).toBe(before);
  });

  it("is met elsewhere at once when a value sealed with the new key is opened, by one read", async () => {
    const [one, two] = [startSealer(), startSealer()];
    const seal = await sealOf(two);
    await sealOf(one);
    await one.rotateDataKey("p1", 2);
    const blob = (await sealOf(one)).seal("e1", "content", content);
    expect(seal.openNow("e1", "content", blob)).toBeNull();
    const before = reads;
    expect(await seal.open("e1", "content", blob)).toEqual(plain);
    expect(reads).toBe(before + 1);
    expect(seal.openNow("e1", "content", blob)).toEqual(plain);
  });

  it("is in force elsewhere within 60 s, without a request that waits if requests come all the time", async () => {
    const [one, two] = [startSealer(), startSealer()];
    await sealOf(two);
    await one.rotateDataKey("p1", 2);
    const newest = rows.get("p1")?.at(-1)?.id;
    clockMs = 29_000;
    expect(keyIdOf((await sealOf(two)).seal("e1", "content", content))).not.toBe(newest);
    clockMs = 31_000;
    expect(two.cachedSeal("p1")).not.toBeNull();
    await new Promise(setImmediate);
    const seal = two.cachedSeal("p1");
    expect(seal === null ? null : keyIdOf(seal.seal("e1", "content", content))).toBe(newest);
  });

  it("is in force after 60 s where nothing was asked in between", async () => {
    const [one, two] = [startSealer(), startSealer()];
    await sealOf(two);
    await one.rotateDataKey("p1", 2);
    clockMs = 60_001;
    expect(two.cachedSeal("p1")).toBeNull();
    const blob = (await sealOf(two)).seal("e1", "content", content);
    expect(keyIdOf(blob)).toBe(rows.get("p1")?.at(-1)?.id);
  });

  it("of a project that is gone says so", async () => {
    expect(await startSealer().rotateDataKey("none", 2)).toBe("no_project");
  });
});

describe("the keys of a project", () => {
  it("are one data key and one index key, wrapped", () => {
    const keys = startSealer().makeProjectKeys("p1", 7);
    expect(keys.map((key) => key.kind).sort()).toEqual(["data", "index"]);
    expect(keys.every((key) => key.createdAt === 7 && key.id.length === 11)).toBe(true);
  });

  it("are read once for all who ask at the same time, and then no more", async () => {
    const sealer = startSealer();
    rows.set("p1", [...sealer.makeProjectKeys("p1", 1)]);
    const seals = await Promise.all(Array.from({ length: 10 }, () => sealer.sealOf("p1")));
    expect(new Set(seals).size).toBe(1);
    expect(sealer.cachedSeal("p1")).toBe(seals[0]);
    expect(reads).toBe(1);
  });

  it("are null for a project that has none, also one that was deleted meanwhile", async () => {
    const sealer = startSealer();
    expect(await sealer.sealOf("none")).toBeNull();
    await sealOf(sealer);
    rows.delete("p1");
    clockMs = 60_001;
    expect(await sealer.sealOf("p1")).toBeNull();
    expect(sealer.cachedSeal("p1")).toBeNull();
  });

  it("do not open with another master key, nor in another place of the table", async () => {
    const sealer = startSealer();
    await sealOf(sealer);
    const foreign = startSealer({ masterKey: makeMasterKey(randomBytes(32), randomBytes) });
    await expect(foreign.sealOf("p1")).rejects.toMatchObject({ fault: "broken_key" });
    const keys = rows.get("p1") ?? [];
    rows.set("p2", keys);
    await expect(sealer.sealOf("p2")).rejects.toMatchObject({ fault: "broken_key" });
    rows.set(
      "p3",
      keys.map((key) => ({ ...key, kind: key.kind === "data" ? "index" : "data" })),
    );
    await expect(sealer.sealOf("p3")).rejects.toMatchObject({ fault: "broken_key" });
  });

  it("are an error when the index key is missing", async () => {
    const sealer = startSealer();
    rows.set(
      "p1",
      sealer.makeProjectKeys("p1", 1).filter((key) => key.kind === "data"),
    );
    await expect(sealer.sealOf("p1")).rejects.toMatchObject({ fault: "broken_key" });
  });

  it("that the store cannot give now are asked for again by the next request", async () => {
    let isDown = true;
    const readKeys: typeof store.readKeys = (projectId) =>
      isDown ? Promise.reject(new Error("down")) : store.readKeys(projectId);
    const sealer = startSealer({ store: { ...store, readKeys } });
    rows.set("p1", [...sealer.makeProjectKeys("p1", 1)]);
    await expect(sealer.sealOf("p1")).rejects.toThrow("down");
    isDown = false;
    expect(await sealer.sealOf("p1")).not.toBeNull();
    isDown = true;
    clockMs = 31_000;
    expect(sealer.cachedSeal("p1")).not.toBeNull();
    clockMs = 60_001;
    await expect(sealer.sealOf("p1")).rejects.toThrow("down");
  });
});
