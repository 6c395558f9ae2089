import { mkdtempSync, rmSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { describeCopies } from "../contract/copies.contract.ts";
import { describeStore } from "../contract/describe-store.ts";
import type { CopyableStore } from "../copy-store.ts";
import type { Store } from "../store.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";

// Each store starts a thread, which would strip the types of its modules anew: that is half of its start.
enableCompileCache();

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

describeCopies("sqlite", { open: () => openIn(mkdtempSync(join(tmpdir(), "triggers-"))) });

async function openIn(dataDir: string): Promise<CopyableStore> {
  const store = await openSqliteStore({ dataDir });
  folders.set(store, dataDir);
  return store;
}
