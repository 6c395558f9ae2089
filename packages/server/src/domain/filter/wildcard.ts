/** A literal between two `*`, with its failure table (Knuth, Morris and Pratt) for a search that never steps back. */
interface Part {
  readonly text: string;
  readonly table: Uint16Array;
}

/** `head*middle*…*tail`: at least one `*`. */
export interface Wildcard {
  readonly head: string;
  readonly middle: readonly Part[];
  readonly tail: string;
  /** No shorter text can match. */
  readonly minLength: number;
}

export type ParsedWildcard =
  | { readonly outcome: "parsed"; readonly literals: readonly string[] }
  | { readonly outcome: "invalid"; readonly detail: string };

/** The literals around the `*`: n + 1 of them for n stars. `\*` and `\\` stand for the characters themselves. */
export function parseWildcard(text: string): ParsedWildcard {
  const literals: string[] = [];
  let literal = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "*") {
      if (text.charAt(at + 1) === "*") return invalid("Write one `*` instead of several in a row.");
      literals.push(literal);
      literal = "";
    } else if (character === "\\") {
      at++;
      const escaped = text.charAt(at);
      if (escaped !== "*" && escaped !== "\\")
        return invalid("Use a backslash only before `*` or another backslash.");
      literal += escaped;
    } else {
      literal += character;
    }
  }
  literals.push(literal);
  return { outcome: "parsed", literals };
}

function invalid(detail: string): ParsedWildcard {
  return { outcome: "invalid", detail };
}

/** `literals` as `parseWildcard` gives them, at least two. */
export function makeWildcard(literals: readonly string[]): Wildcard {
  return {
    head: literals.slice(0, 1).join(),
    middle: literals.slice(1, -1).map((text) => ({ text, table: failureTable(text) })),
    tail: literals.slice(-1).join(),
    minLength: literals.join("").length,
  };
}

/** In time linear in the length of the value, whatever the two look like. */
export function matchesWildcard(wildcard: Wildcard, value: string): boolean {
  const { head, middle, tail, minLength } = wildcard;
  if (value.length < minLength || !value.startsWith(head) || !value.endsWith(tail)) return false;
  const end = value.length - tail.length;
  let from = head.length;
  for (const part of middle) {
    from = endOfPart(part, value, { from, end });
    if (from === NOT_FOUND) return false;
  }
  return true;
}

const NOT_FOUND = -1;

/** Where the first occurrence inside `[from, end)` ends. */
function endOfPart({ text, table }: Part, value: string, range: { from: number; end: number }): number {
  let matched = 0;
  for (let at = range.from; at < range.end; at++) {
    matched = advance(text, table, { matched, code: value.charCodeAt(at) });
    if (matched === text.length) return at + 1;
  }
  return NOT_FOUND;
}

/** `table[i]` is the length of the longest proper prefix of the text that also ends its first i + 1 characters. */
function failureTable(text: string): Uint16Array {
  const table = new Uint16Array(text.length);
  let matched = 0;
  for (let at = 1; at < text.length; at++) {
    matched = advance(text, table, { matched, code: text.charCodeAt(at) });
    table[at] = matched;
  }
  return table;
}

function advance(text: string, table: Uint16Array, step: { matched: number; code: number }): number {
  let { matched } = step;
  while (matched > 0 && text.charCodeAt(matched) !== step.code) matched = table[matched - 1] as number;
  return text.charCodeAt(matched) === step.code ? matched + 1 : matched;
}
