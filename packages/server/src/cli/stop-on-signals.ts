import type { Output } from "./output/output.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** As shells count an end by SIGINT. */
const INTERRUPTED = 130;
/** npm passes on a Ctrl-C that the terminal has sent to all already: what comes so soon is the same one. */
const SAME_MS = 500;

/** Calls `stop` at the first Ctrl-C and ends the process at the second, after `end`, until it is disposed of. */
export function stopOnSignals(
  stop: () => void,
  output: Pick<Output, "note">,
  end: () => void = () => undefined,
): Disposable {
  let stoppedAt: number | null = null;
  const onSignal = () => {
    const now = performance.now();
    if (stoppedAt !== null) {
      if (now - stoppedAt <= SAME_MS) return;
      end();
      process.exit(INTERRUPTED);
    }
    stoppedAt = now;
    output.note("\nStopping after what is under way; Ctrl-C again ends it at once.");
    stop();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
