import type { Columns } from "./columns.ts";
import type { Output } from "./output.ts";

interface Shown<T> {
  readonly columns: Columns<T>;
  /** Items, at most. */
  readonly limit: number;
  /** Said where there is nothing. */
  readonly none: string;
}

/** Items of a page that a command asks for. */
export function pageSize(limit: number): number {
  return Math.min(limit, 1_000);
}

/** The first items of a list: for programs each as it comes, for people a table. */
export async function showList<T extends object>(
  output: Output,
  list: AsyncIterable<T>,
  { columns, limit, none }: Shown<T>,
): Promise<void> {
  const shown: T[] = [];
  let count = 0;
  for await (const value of list) {
    if (count === limit) {
      output.note(`there are more than ${limit}: --limit shows more`);
      break;
    }
    count++;
    if (output.isJson) {
      output.row(value);
      await output.flushed();
    } else shown.push(value);
  }
  if (count === 0) output.note(none);
  if (shown.length > 0) await output.table(shown, columns);
}
