import { readConfigFor } from "../config.ts";
import { OperatorError } from "../domain/errors.ts";
import { COPIED_KINDS } from "../store/copy-store.ts";
import { openCopyableStore } from "../store/open-store.ts";

const MOST_FAULTS = 100;

/** Looks through the whole store for damage; fails if it finds any. */
export async function checkStore(options: { readonly store?: string; readonly json?: true }): Promise<void> {
  const store = await openCopyableStore(readConfigFor(options.store));
  try {
    const faults = await store.findFaults(MOST_FAULTS);
    const counts: Record<string, number> = {};
    for (const kind of COPIED_KINDS) counts[kind] = await store.countRows(kind);
    process.stdout.write(
      options.json === true ? `${JSON.stringify({ counts, faults })}\n` : wordsFor(counts, faults),
    );
    if (faults.length > 0) throw new OperatorError("The store is damaged; restore a backup.");
  } finally {
    await store.close();
  }
}

function wordsFor(
  counts: Readonly<Record<string, number>>,
  faults: readonly { readonly kind: string; readonly detail: string }[],
): string {
  const held = Object.entries(counts).map(([kind, count]) => `${count} ${kind.replaceAll("_", " ")}`);
  const lines = faults.map(({ kind, detail }) => `✗ ${kind}: ${detail}`);
  return `${[held.join(", "), ...(lines.length === 0 ? ["✓ no faults"] : lines)].join("\n")}\n`;
}
