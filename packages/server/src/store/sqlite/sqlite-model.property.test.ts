import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { describeModel } from "../contract/model.property.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";

const root = mkdtempSync(join(tmpdir(), "triggers-"));
let opened = 0;

afterAll(() => rmSync(root, { recursive: true }));

describeModel("sqlite", { open: () => openSqliteStore({ dataDir: join(root, String(++opened)) }) });
