import { SingleBar } from "cli-progress";

/** How far one part of a long work is. */
export interface Shown {
  readonly words: string;
  readonly done: number;
  readonly total: number;
}

export interface ProgressBar {
  show(shown: Shown): void;
  /** Leaves the last state standing. */
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
    hideCursor: true,
    stream: process.stderr,
  });
  let words = "";
  return {
    show(shown) {
      if (shown.words !== words) {
        if (words !== "") bar.stop();
        bar.start(shown.total, shown.done, { words: shown.words });
        words = shown.words;
      }
      bar.setTotal(shown.total);
      bar.update(shown.done, { words });
    },
    end: () => bar.stop(),
  };
}

function makeLines(): ProgressBar {
  let last: Shown | null = null;
  const say = () => {
    if (last !== null) process.stderr.write(`${last.words}: ${last.done} of ${last.total}\n`);
  };
  return {
    show(shown) {
      if (last !== null && last.words !== shown.words) say();
      last = shown;
    },
    end: say,
  };
}
