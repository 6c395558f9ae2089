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
  const from = await openCopyableStore(readConfigFor(options.from));
  try {
    const to = await openCopyableStore(readConfigFor(options.to));
    try {
      const bar = makeProgressBar();
      const told = options.json === true ? sayJson : (progress: CopyProgress) => bar.show(wordsFor(progress));
      await copyStore({ from, to, onProgress: told });
      bar.end();
      if (options.json !== true)
        process.stdout.write("Both stores hold the same. Start the server on the new one.\n");
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

function sayJson(progress: CopyProgress): void {
  process.stdout.write(`${JSON.stringify(progress)}\n`);
}

function wordsFor({ step, kind, done, total }: CopyProgress) {
  return { words: `${step} ${kind.replaceAll("_", " ")}`, done, total };
}
