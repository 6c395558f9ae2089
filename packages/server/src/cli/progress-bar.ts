import { SingleBar } from "cli-progress";

/** How far one part of a long work is. */
export interface Shown {
  readonly words: string;
  readonly done: number;
  readonly total: number;
}

export interface ProgressBar {
  show(shown: Shown): void;
  /** Leaves the last state standing, also of a work that failed: until then the process goes on. */
  end(): void;
}

/** A bar on standard error for each part; where that is no terminal, one line as each part ends. */
export function makeProgressBar(): ProgressBar {
  return process.stderr.isTTY ? makeBar() : makeLines();
}

function makeBar(): ProgressBar {
  const bar = new SingleBar({
    format: "{words} {bar} {value} of {total}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    // A Ctrl-C in the middle leaves the terminal as it was.
    hideCursor: false,
    linewrap: true,
    stream: process.stderr,
  });
  let part: string | null = null;
  const end = () => {
    if (part !== null) bar.stop();
    part = null;
  };
  return {
    show({ words, done, total }) {
      if (words === part) {
        bar.setTotal(total);
        bar.update(done);
        return;
      }
      end();
      bar.start(total, done, { words });
      part = words;
    },
    end,
  };
}

function makeLines(): ProgressBar {
  let last: Shown | null = null;
  const end = () => {
    if (last !== null) process.stderr.write(`${last.words}: ${last.done} of ${last.total}\n`);
    last = null;
  };
  return {
    show(shown) {
      if (last?.words !== shown.words) end();
      last = shown;
    },
    end,
  };
}
