/** How far a long work is, in words of its own; a bar where its end is known. */
export interface TallyBar {
  show(done: number, words: string): void;
  end(): void;
}

const EVERY_MS = 100;
const BAR_WIDTH = 20;
const CLEAR_LINE = "\r\x1b[K";

/**
 * One line of standard error, on a terminal only: elsewhere a command tells its end. It leaves cursor and wrapping of the terminal as they are, so that whoever ends the
 * command by Ctrl-C has nothing to mend.
 */
export function makeTallyBar(
  total: number | null,
  {
    writesRows = false,
  }: {
    /** Standard output gets lines meanwhile: no bar beside them on one terminal. */ readonly writesRows?: boolean;
  } = {},
): TallyBar {
  const { stderr, stdout } = process;
  if (!stderr.isTTY || (writesRows && stdout.isTTY)) return { show: () => undefined, end: () => undefined };
  let line = "";
  let timer: NodeJS.Timeout | null = null;
  const draw = () => {
    timer = null;
    stderr.write(`${CLEAR_LINE}${line.slice(0, (stderr.columns || 80) - 1)}`);
  };
  return {
    show(done, words) {
      line = `${total === null ? "" : barOf(done, total)}${words}`;
      timer ??= setTimeout(draw, EVERY_MS).unref();
    },
    end() {
      if (timer !== null) clearTimeout(timer);
      stderr.write(CLEAR_LINE);
    },
  };
}

function barOf(done: number, total: number): string {
  const part = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(part * BAR_WIDTH);
  const percent = `${Math.floor(part * 100)}%`.padStart(4);
  return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)} ${percent}  `;
}
