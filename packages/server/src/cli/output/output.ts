import { once } from "node:events";
import { styleText } from "node:util";
import type { Columns } from "./columns.ts";
import { jsonLine } from "./json-line.ts";

/** Where a command writes: what was asked for to standard output, everything else to standard error. */
export interface Output {
  readonly isJson: boolean;
  /** One value: a line of JSON, or `words` for people; without words its fields, a line each. */
  row(value: object, words?: string): void;
  /** A list: a line of JSON for each, or a table. */
  table<T extends object>(values: readonly T[], columns: Columns<T>): Promise<void>;
  /** Words for people, to standard error. */
  note(words: string): void;
  /** Resolves when all that was written has left the process; to be awaited between many rows. */
  flushed(): Promise<void>;
}

export function makeOutput({ json }: { readonly json?: true }): Output {
  const isJson = json === true;
  endWithTheReader();
  return {
    isJson,
    row: (value, words) =>
      void process.stdout.write(`${isJson ? jsonLine(value) : (words ?? fieldsOf(value))}\n`),
    async table(values, columns) {
      if (isJson) for (const value of values) process.stdout.write(`${jsonLine(value)}\n`);
      else {
        const { formatTable } = await import("./format-table.ts");
        process.stdout.write(formatTable(values, columns, process.stdout));
      }
    },
    // Over a bar that may stand in the line; it is drawn again below.
    note: (words) => void process.stderr.write(`${process.stderr.isTTY ? CLEAR_LINE : ""}${words}\n`),
    async flushed() {
      if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
      await new Promise<void>((resolve, reject) =>
        process.stdout.write("", (error) => (error ? reject(error) : resolve())),
      );
    },
  };
}

const CLEAR_LINE = "\r\x1b[K";

let isWatching = false;

/** Whoever reads has seen enough (`| head -1`): that is no failure. */
function endWithTheReader(): void {
  if (isWatching) return;
  isWatching = true;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`triggers: standard output takes no more: ${error.message}\n`);
    process.exit(1);
  });
  // Nobody is left to be told.
  process.stderr.on("error", () => undefined);
}

/** The fields of a value, a line each. */
export function fieldsOf(value: object): string {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, field]) => `${dim(name.padEnd(width))}  ${wordOf(field)}`).join("\n");
}

/** How many there are; of many it is known only that there are more. */
export function countWords({
  count,
  more,
}: {
  readonly count: number;
  readonly more?: boolean | undefined;
}): string {
  return `${count}${more === true ? " or more" : ""}`;
}

/** A value for people: `-` where there is none. */
export function wordOf(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function dim(text: string): string {
  return styleText("dim", text, { stream: process.stdout });
}
