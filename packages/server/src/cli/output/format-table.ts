import { stripVTControlCharacters, styleText } from "node:util";
import Table from "cli-table3";
import type { Columns } from "./columns.ts";

/** Where there is no terminal, nothing is cut and nothing is drawn: columns with two spaces between. */
export function formatTable<T>(
  values: readonly T[],
  columns: Columns<T>,
  terminal: { readonly isTTY?: boolean; readonly columns?: number },
): string {
  const head = Object.keys(columns);
  const rows = values.map((value) => Object.values(columns).map((cell) => oneLine(cell(value))));
  return terminal.isTTY === true ? drawn(head, rows, terminal.columns || 80) : plain(head, rows);
}

function plain(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head.map((name) => name.toUpperCase()), ...rows];
  const widths = widthsOf(lines);
  const written = lines.map((cells) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "));
  return written.map((line) => `${line.trimEnd()}\n`).join("");
}

/** Fits the terminal by taking from the widest columns; the first one names the row and stays whole. */
function drawn(head: readonly string[], rows: readonly (readonly string[])[], most: number): string {
  // A border left of each cell, a space on each side, and the last border.
  const room = most - head.length * 3 - 1;
  const colWidths = narrow(widthsOf([head, ...rows]), room).map((width) => width + 2);
  const style = { head: [], border: [] };
  const table = new Table({ head: head.map((name) => styleText("bold", name)), colWidths, style });
  table.push(...rows.map((cells) => [...cells]));
  return `${table.toString()}\n`;
}

function widthsOf(lines: readonly (readonly string[])[]): number[] {
  const [first = []] = lines;
  return first.map((_, at) => Math.max(...lines.map((cells) => cells[at]?.length ?? 0)));
}

const LEAST_WIDTH = 4;

function narrow(widths: readonly number[], room: number): number[] {
  const fitted = [...widths];
  for (let over = sum(fitted) - room; over > 0; over--) {
    const widest = fitted.indexOf(Math.max(...fitted.slice(1)), 1);
    const width = fitted[widest] ?? 0;
    if (width <= LEAST_WIDTH) break;
    fitted[widest] = width - 1;
  }
  return fitted;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** What others chose, such as a name, must not move the cursor or make lines of its own. */
function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}+/gu, " ");
}
