/** What people see on standard error while it runs. */
export interface Progress {
  /** Begins a step; its name is a line of its own. */
  step(text: string): void;
  /** Of the present step. On a terminal a bar, elsewhere a line each fifth. */
  done(done: number, total: number): void;
}

const BAR_WIDTH = 30;

export function makeProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const began = performance.now();
  let shown = -1;
  const bar = (share: number) => "█".repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, "░");
  return {
    step(text) {
      shown = -1;
      const seconds = Math.round((performance.now() - began) / 1_000);
      stream.write(`${String(seconds).padStart(4)} s  ${text}\n`);
    },
    done(done, total) {
      const share = done / total;
      const steps = Math.floor(share * (stream.isTTY ? 100 : 5));
      if (steps === shown) return;
      shown = steps;
      const percent = `${Math.floor(share * 100)} %`.padStart(5);
      if (stream.isTTY) stream.write(`\r        ${bar(share)} ${percent}${done === total ? "\n" : ""}`);
      else stream.write(`        ${percent}\n`);
    },
  };
}
