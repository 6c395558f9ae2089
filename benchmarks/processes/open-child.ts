import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Answered, Asked } from "./answer-parent.ts";

/** A program of this folder in a process of its own. */
export interface Child<Input, Output> extends AsyncDisposable {
  readonly pid: number;
  /** One question at a time. Rejects if the child fails or ends. */
  ask(input: Input): Promise<Output>;
}

export function openChild<Input, Output>(script: string, args: readonly string[] = []): Child<Input, Output> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(path, args, { stdio: ["ignore", 2, 2, "ipc"] });
  const exited = once(child, "exit");
  return {
    pid: child.pid ?? 0,
    async ask(input) {
      const done = new AbortController();
      const { signal } = done;
      try {
        child.send({ input } satisfies Asked);
        const [answered] = (await Promise.race([
          once(child, "message", { signal }),
          exited.then(([code]) => [{ error: `it ended with ${code}` }]),
        ])) as [Answered];
        if ("error" in answered) throw new Error(`${script}: ${answered.error}`);
        return answered.output as Output;
      } finally {
        done.abort();
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}
