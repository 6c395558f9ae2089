import fc from "fast-check";

/** JSON texts of every style: any white space between tokens, any way to write a string or a number. */

const space = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\r"), maxLength: 2 });

const codeUnits = (text: string) =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, "0"));

const plainUnit = fc.oneof(
  fc.constantFrom(...'ab"\\/\b\n\t{}[]:,\u0000\u001f\u007f é€\u2028\ufeff😀𐀀'),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
);

/** Bare where that is allowed; by the short escape, if it has one; in hexadecimal. */
const character = fc.tuple(plainUnit, fc.nat(3)).map(([unit, style]) => {
  const short = unit === "/" ? "\\/" : JSON.stringify(unit).slice(1, -1);
  if (style < 2) return unit === "/" ? unit : short;
  if (style === 2) return short;
  return codeUnits(unit)
    .map((hex) => `\\u${hex.toUpperCase()}`)
    .join("");
});

export const stringText = fc.array(character, { maxLength: 8 }).map((parts) => `"${parts.join("")}"`);

const numberText = fc.stringMatching(/^-?(0|[1-9][0-9]{0,20})([.][0-9]{1,20})?([eE][+-]?[0-9]{1,4})?$/);

const usualName = fc.constantFrom('"payload"', '"type"', '"time"', '"__proto__"', '"\\u0074ype"', '"a"');
const nameText = fc.oneof(usualName, stringText);
const uniqueNames = fc.uniqueArray(nameText, { maxLength: 20, selector: (text): string => JSON.parse(text) });

export interface StyledObject {
  readonly text: string;
  readonly members: readonly { readonly key: string; readonly text: string }[];
}

export interface StyledArray {
  readonly text: string;
  readonly elements: readonly string[];
}

const spaced = (texts: readonly string[], spaces: readonly string[]) =>
  texts
    .map((text, index) => `${spaces[index % spaces.length]}${text}${spaces[(index + 1) % spaces.length]}`)
    .join(",");

const spaces = fc.array(space, { minLength: 1, maxLength: 5 });

export function objectOf(value: fc.Arbitrary<string>, names = uniqueNames): fc.Arbitrary<StyledObject> {
  const members = names.chain((keys) => fc.tuple(...keys.map((key) => fc.tuple(fc.constant(key), value))));
  return fc.tuple(members, spaces).map(([pairs, blanks]) => ({
    text: `{${spaced(
      pairs.map(([key, text]) => `${key}${blanks[0]}:${blanks.at(-1)}${text}`),
      blanks,
    )}}`,
    members: pairs.map(([key, text]) => ({ key: JSON.parse(key), text })),
  }));
}

export function arrayOf(value: fc.Arbitrary<string>): fc.Arbitrary<StyledArray> {
  return fc.tuple(fc.array(value, { maxLength: 8 }), spaces).map(([elements, blanks]) => ({
    text: `[${elements.length === 0 ? blanks[0] : spaced(elements, blanks)}]`,
    elements,
  }));
}

export const valueText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(stringText, numberText, fc.constantFrom("true", "false", "null")),
    objectOf(tie("value")).map(({ text }) => text),
    arrayOf(tie("value")).map(({ text }) => text),
  ),
})).value;

const looseName = fc.oneof(
  { weight: 20, arbitrary: fc.nat(150).map((index) => `"n${index}"`) },
  fc.constantFrom('"a"', '"\\u0061"', '""', '"\\ud800"', '"\\ud801"', '"é"', '"\\u00e9"'),
);

/** Texts that `JSON.parse` takes, with names that repeat, half surrogate pairs and more depth. */
export const looseText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 7, depthSize: "large" },
    fc.constantFrom("0", '"\\udc00"', '"\\ud83d\\ude00"', '""', "null", "true"),
    objectOf(tie("value"), fc.array(looseName, { maxLength: 3 })).map(({ text }) => text),
    objectOf(fc.constant("[]"), fc.array(looseName, { maxLength: 24, size: "max" })).map(({ text }) => text),
    arrayOf(tie("value")).map(({ text }) => text),
  ),
})).value;
