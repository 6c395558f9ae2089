import { mkdtempSync, rmSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { describeModel } from "../contract/model.property.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";

// Each store starts a thread, which would strip the types of its modules anew: that is half of its start.
enableCompileCache();

const root = mkdtempSync(join(tmpdir(), "triggers-"));
let opened = 0;

afterAll(() => rmSync(root, { recursive: true }));

describeModel("sqlite", { open: () => openSqliteStore({ dataDir: join(root, String(++opened)) }) });
