import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { TriggersError } from "../../domain/errors.ts";
import type { CopyableStore, CopyStore } from "../copy-store.ts";
import { makeDemands } from "../make-demands.ts";

import { lockFolder } from "./lock-folder.ts";
import { type Database, openReader } from "./open-database.ts";
import { openWriter, type Writer } from "./open-writer.ts";
import { DATABASE_FILE, prepareFolder } from "./prepare-folder.ts";
import { makeReads, type Reads } from "./reads.ts";
import { WRITES, type WriteArgs, type WriteName, type WriteResult } from "./writes.ts";

/**
 * Opens the store in the data folder, which it makes if need be. Writes go to a thread of its own, where all that waits shares a transaction
 * (docs/decisions/0002-sqlite-thread.md); reads are made at once on a second connection. Throws if another process has the folder, or a newer program
 * with a breaking schema has written it.
 */
export async function openSqliteStore({ dataDir }: { readonly dataDir: string }): Promise<CopyableStore> {
  prepareFolder(dataDir);
  const lock = lockFolder(dataDir);
  try {
    const path = join(dataDir, DATABASE_FILE);
    const writer = await openWriter(path);
    const reader = await openReaderBeside(writer, path);
    const reads = makeReads(reader);
    let closing: Promise<void> | null = null;
    const close = async () => {
      reader.connection.close();
      await writer.close();
      lock.release();
    };
    return {
      kind: "sqlite",
      matchDelayMs: 0,
      feedDelayMs: 0,
      sealsEvents: true,
      writesInOrder: true,
      clockOffsetMs: async () => 0,
      checkHealth: () => checkHealth(dataDir, reads, writer),
      close: () => (closing ??= close()),
      ...reads,
      ...writesOf(writer),
      ...makeDemands(),
      // A map of operations forgets their type parameters.
      exportRows: reads.exportRows as CopyStore["exportRows"],
      importRows: (kind, rows) => writer.call("importRows", kind, rows),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openReaderBeside(writer: Writer, path: string): Promise<Database> {
  try {
    return openReader(path);
  } catch (error) {
    await writer.close();
    throw error;
  }
}

type StoreWrites = {
  readonly [Name in WriteName]: (...args: WriteArgs<Name>) => Promise<WriteResult<Name>>;
};

function writesOf(writer: Writer): Omit<StoreWrites, "probe"> {
  const names = Object.keys(WRITES) as WriteName[];
  const writes = names.map((name) => {
    return [name, (...args: WriteArgs<typeof name>) => writer.call(name, ...args)] as const;
  });
  return Object.fromEntries(writes) as unknown as StoreWrites;
}

/** With less room than this a write may fail at any moment. */
const LEAST_FREE_BYTES = 32 * 1024 * 1024;

async function checkHealth(dataDir: string, reads: Reads, writer: Writer): Promise<void> {
  await reads.listProjects({ afterId: null, limit: 1 });
  await writer.call("probe");
  const { bavail, bsize } = await statfs(dataDir);
  if (bavail * bsize >= LEAST_FREE_BYTES) return;
  throw new TriggersError("storage_full", "The disk of the data folder is full; make room there.");
}
