import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { formatTable } from "./format-table.ts";

const ROWS = [
  { id: "01a2234c-afa6-704b-aeed-d1764d10981d", type: "order.created", text: "x".repeat(200) },
  { id: "01a2234c-afa6-704b-aeed-d1764d10981e", type: "b", text: "\x1b[31mred\x1b[0m\nline" },
];
const COLUMNS = {
  id: ({ id }: (typeof ROWS)[0]) => id,
  type: ({ type }: (typeof ROWS)[0]) => type,
  text: ({ text }: (typeof ROWS)[0]) => text,
};

describe("A table", () => {
  it("off a terminal is plain columns, nothing cut, a line for each row", () => {
    const lines = formatTable(ROWS, COLUMNS, {}).trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^ID {36}TYPE {11}TEXT$/);
    expect(lines[1]).toContain("x".repeat(200));
    expect(lines[2]).toMatch(/ red line$/);
  });

  it.each([60, 80, 120, 0])("on a terminal %d wide fits, and its first column stays whole", (columns) => {
    const text = stripVTControlCharacters(formatTable(ROWS, COLUMNS, { isTTY: true, columns }));
    for (const line of text.trimEnd().split("\n")) expect(line.length).toBeLessThanOrEqual(columns || 80);
    expect(text).toContain(ROWS[0]?.id);
  });
});
