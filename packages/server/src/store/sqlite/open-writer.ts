import { getCompileCacheDir } from "node:module";
import { Worker } from "node:worker_threads";
import { closedError } from "./translate-errors.ts";
import { type FromWriter, packCall, unpackError, unpackValue } from "./writer-messages.ts";
import type { WriteArgs, WriteName, WriteResult } from "./writes.ts";

/** The thread that writes, seen from the others. */
export interface Writer {
  /** Resolves once the call is durable. Calls are run in the order they were made. */
  call<Name extends WriteName>(name: Name, ...args: WriteArgs<Name>): Promise<WriteResult<Name>>;
  /** Resolves when everything that was called is durable and the file is closed. */
  close(): Promise<void>;
}

interface Waiting {
  readonly name: WriteName;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts the thread; resolves when the database is open and its schema is the newest. */
export function openWriter(path: string): Promise<Writer> {
  const worker = new Worker(new URL("./store-worker.ts", import.meta.url), {
    workerData: path,
    execArgv: [],
    env: writerEnvironment(),
  });
  const { promise, resolve, reject } = Promise.withResolvers<Writer>();
  const waiting = new Map<number, Waiting>();
  const exited = new Promise<void>((done) => worker.once("exit", () => done()));
  let lastId = 0;
  let isOver = false;
  const writer: Writer = {
    call: <Name extends WriteName>(name: Name, ...args: WriteArgs<Name>) =>
      new Promise<WriteResult<Name>>((answer, refuse) => {
        if (isOver) return refuse(closedError());
        const { message, transfer } = packCall(++lastId, name, args);
        waiting.set(lastId, { name, resolve: answer as Waiting["resolve"], reject: refuse });
        worker.postMessage(message, transfer);
      }),
    close() {
      if (!isOver) worker.postMessage({ kind: "close" });
      isOver = true;
      return exited;
    },
  };
  const end = (error: unknown) => {
    isOver = true;
    reject(error);
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  worker.on("message", (message: FromWriter) => {
    switch (message.kind) {
      case "open":
        return resolve(writer);
      case "failed":
        return reject(unpackError(message.error));
      case "answers":
        for (const answer of message.answers) settle(waiting, answer);
    }
  });
  worker.on("error", (error) => end(closedError(error)));
  worker.on("exit", () => end(closedError()));
  return promise;
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
