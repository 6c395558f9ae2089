import { closedError, endedError } from "./translate-errors.ts";
import { startWriterThread, type WriterThread } from "./writer-thread.ts";
import type { WriteArgs, WriteName, WriteResult } from "./writes.ts";

/** The thread that writes, seen from the others. */
export interface Writer {
  /** Resolves once the call is durable. Calls are run in the order they were made. */
  call<Name extends WriteName>(name: Name, ...args: WriteArgs<Name>): Promise<WriteResult<Name>>;
  /** Resolves when everything that was called is durable and the file is closed. */
  close(): Promise<void>;
}

/**
 * Starts the thread; resolves when the database is open and its schema is the newest. Should the thread end by itself, what it was at is refused
 * (`storage_unavailable`; it is stored whole or not at all), and another is started. Until that one has the file open, calls are refused; while it cannot be opened, each call tries again.
 */
export async function openWriter(path: string): Promise<Writer> {
  let thread: WriterThread | null = null;
  let starting: Promise<void> | null = null;
  let lastError: unknown = null;
  let isClosed = false;

  async function start(): Promise<void> {
    thread = await startWriterThread(path, (error) => {
      thread = null;
      lastError = error;
      if (!isClosed) restart();
    });
  }

  function restart(): void {
    starting ??= start()
      .catch((error: unknown) => {
        lastError = error;
      })
      .finally(() => {
        starting = null;
      });
  }

  await start();
  return {
    call(name, ...args) {
      if (isClosed) return Promise.reject(closedError());
      if (thread !== null) return thread.call(name, ...args);
      restart();
      return Promise.reject(endedError(lastError));
    },
    async close() {
      isClosed = true;
      await starting;
      await thread?.close();
    },
  };
}
