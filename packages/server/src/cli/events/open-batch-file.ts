import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { OperatorError } from "../../domain/errors.ts";

/** What a batch is read from. */
export interface BatchFile extends AsyncDisposable {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Null: not known before its end. */
  readonly bytes: number | null;
  /** Idempotency keys begin with it unless another is given. */
  readonly key: string;
  /** Whether the same command has the same key again. */
  readonly isKeyStable: boolean;
}

const FIRST_BYTES = 65_536;

/** A file, or standard input (`-`, or nothing). */
export async function openBatchFile(path: string | undefined): Promise<BatchFile> {
  if (path === undefined || path === "-") return openStandardInput();
  const file = await open(path);
  const stats = await file.stat();
  if (!stats.isFile()) {
    await file.close();
    throw new OperatorError(
      `${path} is no file. Give a file of one event a line, or send it to standard input.`,
    );
  }
  return {
    pieces: file.createReadStream({ autoClose: false, start: 0 }),
    bytes: stats.size,
    key: await keyOf(file, `${await realpath(path)}\n${stats.size}\n${stats.mtimeMs}\n`),
    isKeyStable: true,
    [Symbol.asyncDispose]: () => file.close(),
  };
}

function openStandardInput(): BatchFile {
  if (process.stdin.isTTY)
    throw new OperatorError("Name a file of one event a line, or send it to standard input.");
  return {
    pieces: process.stdin,
    bytes: null,
    key: randomBytes(8).toString("hex"),
    isKeyStable: false,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/**
 * The same for the same command over the same file, and another as soon as the file is another: with the key of other content an event could pass for one that
 * is there already. A changed file is told by its place, size, time of change and first bytes, so that it need not be read twice.
 */
async function keyOf(file: FileHandle, facts: string): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
  const digest = createHash("sha256").update(facts).update(buffer.subarray(0, bytesRead));
  return digest.digest("hex").slice(0, 32);
}
