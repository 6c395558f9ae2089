/** Way to a value: names of members, and `*` for each element of an array. */
export type JsonPath = readonly string[];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * The texts of the values at a path, as they stand in a JSON text: in their order, null where an object has no such member. `JSON.parse` gives them rounded
 * (9007199254740993, 1e400), and its own access to the text is not in Node 20. The text must be sound: it has gone through `JSON.parse`.
 */
export function findTexts(text: string, path: JsonPath): (string | null)[] {
  const found: (string | null)[] = [];
  descend(text, { at: skipSpace(text, 0), path, found });
  return found;
}

interface Step {
  readonly at: number;
  readonly path: JsonPath;
  readonly found: (string | null)[];
}

/** Goes down into the value at a place; gives the place behind it. */
function descend(text: string, { at, path, found }: Step): number {
  const [head, ...rest] = path;
  if (head === undefined) {
    const end = skipValue(text, at);
    found.push(text.slice(at, end));
    return end;
  }
  if (head === "*") return eachElement(text, at, (start) => descend(text, { at: start, path: rest, found }));
  if (text[at] !== "{") {
    found.push(null);
    return skipValue(text, at);
  }
  const before = found.length;
  const end = eachMember(text, at, (name, start) =>
    name === head ? descend(text, { at: start, path: rest, found }) : skipValue(text, start),
  );
  if (found.length === before && !rest.includes("*")) found.push(null);
  return end;
}

/** Both `visit`s are given the place of a value and give the place behind it. */
function eachElement(text: string, at: number, visit: (start: number) => number): number {
  if (text[at] !== "[") return skipValue(text, at);
  let place = skipSpace(text, at + 1);
  while (text[place] !== "]") {
    place = skipSpace(text, visit(place));
    if (text.charCodeAt(place) === COMMA) place = skipSpace(text, place + 1);
  }
  return place + 1;
}

function eachMember(text: string, at: number, visit: (name: string, start: number) => number): number {
  let place = skipSpace(text, at + 1);
  while (text[place] !== "}") {
    const nameEnd = skipString(text, place);
    const name: unknown = JSON.parse(text.slice(place, nameEnd));
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    place = skipSpace(text, visit(String(name), start));
    if (text.charCodeAt(place) === COMMA) place = skipSpace(text, place + 1);
  }
  return place + 1;
}

function skipValue(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return skipString(text, at);
  if (first !== "{" && first !== "[") return skipScalar(text, at);
  let depth = 0;
  for (let place = at; ; place++) {
    const code = text.charCodeAt(place);
    if (code === QUOTE) place = skipString(text, place) - 1;
    // `[` and `{`, `]` and `}`: they differ in 0x20 alone.
    else if ((code | 0x20) === 0x7b) depth++;
    else if ((code | 0x20) === 0x7d && --depth === 0) return place + 1;
  }
}

function skipString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** True if an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let place = at - 1;
  while (text.charCodeAt(place) === BACKSLASH) place--;
  return (at - place) % 2 === 0;
}

function skipScalar(text: string, at: number): number {
  let place = at;
  while (/[^\s,\]}]/.test(text[place] ?? " ")) place++;
  return place;
}

function skipSpace(text: string, at: number): number {
  let place = at;
  while (text.charCodeAt(place) <= 0x20) place++;
  return place;
}
