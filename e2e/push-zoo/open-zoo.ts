import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ANIMALS, type Animal } from "./animals.ts";

export interface Zoo extends AsyncDisposable {
  readonly animals: readonly (Animal & { readonly url: string })[];
  /** From now on all of them behave. */
  heal(): Promise<void>;
  /** That are open, to all of them. */
  countConnections(): Promise<number>;
}

export type ZooWish = "heal" | "count";

export async function openZoo(): Promise<Zoo> {
  const worker = new Worker(new URL("./zoo-worker.ts", import.meta.url));
  const [urls] = (await once(worker, "message")) as [readonly string[]];
  const ask = async (wish: ZooWish): Promise<number> => {
    const answered = once(worker, "message");
    worker.postMessage(wish);
    const [connections] = (await answered) as [number];
    return connections;
  };
  return {
    animals: ANIMALS.map((animal, index) => ({ ...animal, url: urls[index] ?? "" })),
    heal: async () => void (await ask("heal")),
    countConnections: () => ask("count"),
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
