import { createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeKeyRing } from "./key-ring.ts";
import type { ProjectKeys } from "./project-keys.ts";

function makeKeys(tag: string): ProjectKeys {
  const newest = { tag, secret: createSecretKey(randomBytes(32)) };
  return { dataKeys: new Map([[tag, newest]]), newest, indexKey: createSecretKey(randomBytes(32)) };
}

/** A ring whose reads end when the test says so. */
function openRing() {
  const reads: PromiseWithResolvers<ProjectKeys | null>[] = [];
  const clock = { ms: 0 };
  const ring = makeKeyRing(
    () => {
      const read = Promise.withResolvers<ProjectKeys | null>();
      reads.push(read);
      return read.promise;
    },
    () => clock.ms,
  );
  return { ring, reads, clock };
}

describe("a key ring", () => {
  it("joins a read under way when it loads, and not when it reloads", async () => {
    const { ring, reads } = openRing();
    const loads = [ring.load(), ring.load()];
    const reloads = [ring.reload(), ring.reload()];
    expect(reads).toHaveLength(1);
    reads[0]?.resolve(makeKeys("old"));
    await Promise.all(loads);
    await new Promise(setImmediate);
    expect(reads).toHaveLength(2);
    reads[1]?.resolve(makeKeys("new"));
    for (const keys of await Promise.all(reloads)) expect(keys?.newest.tag).toBe("new");
    expect(ring.keys()?.newest.tag).toBe("new");
  });

  it("reloads also after a read that failed", async () => {
    const { ring, reads } = openRing();
    const failing = expect(ring.load()).rejects.toThrow("down");
    const reloading = ring.reload();
    reads[0]?.reject(new Error("down"));
    await failing;
    await new Promise(setImmediate);
    reads[1]?.resolve(makeKeys("new"));
    expect((await reloading)?.newest.tag).toBe("new");
  });

  it("is as old as the beginning of the read that filled it", async () => {
    const { ring, reads, clock } = openRing();
    clock.ms = 5;
    const loading = ring.load();
    clock.ms = 9;
    reads[0]?.resolve(makeKeys("a"));
    await loading;
    expect(ring.loadedAt()).toBe(5);
  });

  it("says null for a project that is gone and keeps its last keys for those who hold them", async () => {
    const { ring, reads } = openRing();
    const first = ring.load();
    reads[0]?.resolve(makeKeys("a"));
    await first;
    const second = ring.load();
    reads[1]?.resolve(null);
    expect(await second).toBeNull();
    expect(ring.keys()?.newest.tag).toBe("a");
  });
});
