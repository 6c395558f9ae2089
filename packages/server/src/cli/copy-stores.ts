import { readConfigFor } from "../config.ts";
import { type CopyProgress, copyStore } from "../flow/copy-store.ts";
import { openCopyableStore } from "../store/open-store.ts";
import { makeProgressBar } from "./progress-bar.ts";

/** Copies one store into another; see `copyStore`. Without `to` the target is the store of the settings. */
export async function copyStores(options: {
  readonly from: string;
  readonly to?: string;
  readonly json?: true;
}): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const from = await openCopyableStore(readConfigFor(options.from));
  stack.defer(() => from.close());
  const to = await openCopyableStore(readConfigFor(options.to));
  stack.defer(() => to.close());
  // Awaited here: on a return without it the stores would be closed at once.
  if (options.json === true) return await copyStore({ from, to, onProgress: sayJson });
  const bar = makeProgressBar();
  stack.defer(() => bar.end());
  await copyStore({ from, to, onProgress: (progress) => bar.show(wordsFor(progress)) });
  bar.end();
  process.stdout.write("Both stores hold the same. Start the server on the new one.\n");
}

function sayJson(progress: CopyProgress): void {
  process.stdout.write(`${JSON.stringify(progress)}\n`);
}

function wordsFor({ step, kind, done, total }: CopyProgress) {
  return { words: `${step} ${kind.replaceAll("_", " ")}`, done, total };
}
