import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface PressWish {
  readonly url: string;
  readonly callers: readonly { readonly key: string; readonly perSecond: number }[];
}

/** The status of each answer, by caller. */
export type Pressed = readonly (readonly number[])[];

/** Callers that post without mercy, and an endpoint that never answers, in a thread of their own. */
export interface Press extends AsyncDisposable {
  readonly hangingUrl: string;
  start(wish: PressWish): void;
  /** Resolves when everything that was sent is answered. */
  stop(): Promise<Pressed>;
}

export async function openPress(): Promise<Press> {
  const worker = new Worker(new URL("./press-worker.ts", import.meta.url));
  const [hangingUrl] = (await once(worker, "message")) as [string];
  return {
    hangingUrl,
    start: (wish) => worker.postMessage(wish),
    async stop() {
      const stopped = once(worker, "message");
      worker.postMessage({ url: "", callers: [] } satisfies PressWish);
      const [statuses] = (await stopped) as [Pressed];
      return statuses;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
