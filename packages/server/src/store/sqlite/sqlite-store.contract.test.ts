import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { describeStore } from "../contract/describe-store.ts";
import type { Store } from "../store.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";

const folders = new Map<Store, string>();

afterAll(() => {
  for (const dataDir of folders.values()) rmSync(dataDir, { recursive: true });
});

describeStore("sqlite", {
  open: () => openIn(mkdtempSync(join(tmpdir(), "triggers-"))),
  async reopen(store) {
    const dataDir = folders.get(store);
    if (dataDir === undefined) throw new Error("no such store");
    await store.close();
    folders.delete(store);
    return openIn(dataDir);
  },
});

async function openIn(dataDir: string): Promise<Store> {
  const store = await openSqliteStore({ dataDir });
  folders.set(store, dataDir);
  return store;
}
