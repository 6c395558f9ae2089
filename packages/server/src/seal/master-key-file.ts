import { type FileHandle, link, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { MasterKeyError, makeMasterKeyText, parseMasterKeyText, type RandomBytes } from "./master-key.ts";

const OWNER_ONLY = 0o600;
/** Windows has neither these mode bits nor a sync of folders. */
const isPosix = process.platform !== "win32";

/** Where the key of a data folder lies: one line, the text that `TRIGGERS_MASTER_KEY` would take. */
export function masterKeyPath(dataDir: string): string {
  return join(dataDir, "master.key");
}

/** The key in the data folder, or null if there is no such file. Refuses a file that others may read, and one that holds no key. */
export async function readMasterKeyFile(dataDir: string): Promise<Buffer | null> {
  const path = masterKeyPath(dataDir);
  const file = await openIfThere(path);
  if (file === null) return null;
  try {
    await refuseExposed(file, path);
    return parseFile(await file.readFile("latin1"), path);
  } finally {
    await file.close();
  }
}

/**
 * Makes the key file if there is none and leaves one that is there as it is. A file made so, here or by a start at the same time, is durable,
 * content and name, when this resolves: only then may anything be sealed with it.
 * Written whole under another name and linked, not created in place: of two starts at once one wins, and neither can read half a key or leave
 * an empty file behind when it is killed.
 */
export async function makeMasterKeyFile(dataDir: string, randomBytes: RandomBytes): Promise<void> {
  const path = masterKeyPath(dataDir);
  const draft = `${path}.${Buffer.from(randomBytes(8)).toString("hex")}.tmp`;
  await writeDurably(draft, `${makeMasterKeyText(randomBytes)}\n`);
  try {
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    await unlink(draft);
  }
  await syncFolder(dataDir);
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

async function refuseExposed(file: FileHandle, path: string): Promise<void> {
  const { mode } = await file.stat();
  if (!isPosix || (mode & 0o077) === 0) return;
  const bits = (mode & 0o777).toString(8).padStart(4, "0");
  throw new MasterKeyError(
    "exposed",
    `The master key file ${path} has mode ${bits}: others on this machine may read or change it. Run: chmod 600 ${path}`,
  );
}

function parseFile(text: string, path: string): Buffer {
  const key = parseMasterKeyText(text.replace(/\r?\n$/, ""));
  if (key !== null) return key;
  throw new MasterKeyError(
    "malformed",
    `The master key file ${path} does not hold one line of 32 bytes in base64 (44 characters). Restore it from a backup, or, only if ` +
      "this data folder never held anything, delete it and start again.",
  );
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  if (!isPosix) return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
