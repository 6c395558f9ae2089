/** What happened in a run, and a number that differs when anything differed. */
export interface Trace {
  /** `tell` adds what a person wants to know; it is asked only where lines are kept. Null: a look that found nothing. */
  note(what: string, tell?: () => string | null): void;
  hash(): string;
  /** Empty if lines are not kept. */
  lines(): readonly string[];
}

/** `isTold`: keeps a line of each note, and hashes it too; it makes a run three times as long. */
export function makeTrace(now: () => number, isTold: boolean): Trace {
  const lines: string[] = [];
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  const mix = (code: number) => {
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b) ^ (high >>> 13);
  };
  const mixText = (text: string) => {
    for (let at = 0; at < text.length; at++) mix(text.charCodeAt(at));
  };
  return {
    note(what, tell) {
      mix(now() * 1_000);
      mixText(what);
      if (!isTold) return;
      const told = tell?.();
      if (told === null) return;
      const line = told === undefined ? what : `${what} ${told}`;
      mixText(line);
      lines.push(`${(now() / 1_000).toFixed(3).padStart(8)}  ${line}`);
    },
    hash: () => (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0"),
    lines: () => lines,
  };
}
