import fc from "fast-check";

const space = fc.constantFrom("", "", "", " ", "\n", "\r\n\t", "  ");

const scalar = fc.oneof(
  fc.constantFrom(...["null", "true", "false", "0", "-0", "1e400", "-1E-400", "9007199254740993", "0.1000"]),
  fc.constantFrom(
    ...["123456789012345678901234567890", "1.0e+2", '"\\u0000\\/"', '"\\ud83d\\ude00 💶"', '"</script>"'],
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.string({ unit: "grapheme", maxLength: 8 }).map((value) => JSON.stringify(value)),
);

const name = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "", "a", "\\u0061b", "é"),
  fc.string({ unit: "grapheme", maxLength: 4 }).map((text) => JSON.stringify(text).slice(1, -1)),
);

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, list(tie("value")), object(tie("value"))),
}));

/** A sound JSON text as a sender may write it: odd numbers, escapes and white space, names such as `__proto__`. */
export const jsonText = value;

/** The same for an object. */
export const jsonObjectText = object(value);

function list(element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(space, fc.array(element, { maxLength: 4 }))
    .map(([gap, all]) => `[${gap}${all.join(`,${gap}`)}${gap}]`);
}

function object(element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const members = fc.uniqueArray(fc.tuple(name, element), {
    maxLength: 4,
    selector: ([key]) => JSON.parse(`"${key}"`) as string,
  });
  return fc
    .tuple(space, members)
    .map(([gap, all]) => `{${gap}${all.map(([key, one]) => `"${key}"${gap}:${one}`).join(`,${gap}`)}${gap}}`);
}
