import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useCompileCache } from "./compile-cache.ts";

// Loads what a start loads, the store's thread included; the cache is written when this process ends.
useCompileCache();
await import("./serve.ts");
await import("../push/send-webhook.ts");
const { openStore } = await import("../store/open-store.ts");
const dataDir = await mkdtemp(join(tmpdir(), "triggers-"));
const store = await openStore({ store: "sqlite", dataDir });
await store.close();
await rm(dataDir, { recursive: true });
