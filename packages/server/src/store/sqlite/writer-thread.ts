import { getCompileCacheDir } from "node:module";
import { Worker } from "node:worker_threads";
import { endedError } from "./translate-errors.ts";
import {
  type FromWriter,
  MOST_CALLS,
  type PackedCall,
  packCall,
  packError,
  type ToWriter,
  unpackError,
  unpackValue,
} from "./writer-messages.ts";
import type { WriteArgs, WriteName, WriteResult } from "./writes.ts";

/** One thread that writes, from its start to its end. */
export interface WriterThread {
  call<Name extends WriteName>(name: Name, ...args: WriteArgs<Name>): Promise<WriteResult<Name>>;
  /** Resolves when everything that was called is answered and the thread has ended. */
  close(): Promise<void>;
}

interface Waiting {
  readonly name: WriteName;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts a thread; resolves when the database is open and its schema is the newest. `onEnd`: it has ended after that, why, and its calls are refused. */
export function startWriterThread(path: string, onEnd: (error: unknown) => void): Promise<WriterThread> {
  const worker = new Worker(new URL("./store-worker.ts", import.meta.url), {
    workerData: path,
    execArgv: [],
    env: writerEnvironment(),
  });
  const { promise, resolve, reject } = Promise.withResolvers<WriterThread>();
  const waiting = new Map<number, Waiting>();
  const exited = new Promise<void>((done) => worker.once("exit", () => done()));
  let lastId = 0;
  let isOpen = false;
  let fault: unknown = null;
  const outbox = makeOutbox(worker, (id, error) => settle(waiting, { id, error: packError(error) }));
  const thread: WriterThread = {
    call: <Name extends WriteName>(name: Name, ...args: WriteArgs<Name>) =>
      new Promise<WriteResult<Name>>((answer, refuse) => {
        const packed = packCall(++lastId, name, args);
        waiting.set(lastId, { name, resolve: answer as Waiting["resolve"], reject: refuse });
        outbox.put(packed);
      }),
    close() {
      outbox.post();
      worker.postMessage({ kind: "close" });
      return exited;
    },
  };
  worker.on("message", (message: FromWriter) => {
    switch (message.kind) {
      case "open":
        isOpen = true;
        return resolve(thread);
      case "failed":
        return reject(unpackError(message.error));
      case "answers":
        for (const answer of message.answers) settle(waiting, answer);
    }
  });
  worker.on("error", (error) => {
    fault = error;
  });
  worker.on("exit", (code) => {
    const error = endedError(fault ?? new Error(`the thread that writes ended with exit code ${code}`));
    reject(error);
    if (isOpen) onEnd(error.cause);
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  });
  return promise;
}

interface Outbox {
  put(call: ReturnType<typeof packCall>): void;
  /** Sends what is there now. */
  post(): void;
}

/** What is called in one turn is sent together, and so committed together. `refuse`: the call cannot be sent. */
function makeOutbox(worker: Worker, refuse: (id: number, error: unknown) => void): Outbox {
  let calls: PackedCall[] = [];
  let transfers: ArrayBuffer[] = [];
  function post(): void {
    if (calls.length === 0) return;
    const [message, transfer] = [{ kind: "calls", calls } satisfies ToWriter, transfers];
    calls = [];
    transfers = [];
    try {
      worker.postMessage(message, transfer);
    } catch (error) {
      for (const { id } of message.calls) refuse(id, error);
    }
  }
  return {
    put({ call, transfer }) {
      if (calls.length === 0) queueMicrotask(post);
      calls.push(call);
      transfers.push(...transfer);
      if (calls.length >= MOST_CALLS) post();
    },
    post,
  };
}

/** The program's compile cache, if it has one: the thread is then spared stripping types, and some 18 MB. */
function writerEnvironment(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

function settle(
  waiting: Map<number, Waiting>,
  answer: Extract<FromWriter, { kind: "answers" }>["answers"][number],
): void {
  const one = waiting.get(answer.id);
  waiting.delete(answer.id);
  if ("error" in answer) one?.reject(unpackError(answer.error));
  else one?.resolve(unpackValue(one.name, answer.value));
}
