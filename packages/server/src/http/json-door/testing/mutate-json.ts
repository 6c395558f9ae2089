import fc from "fast-check";

const SNIPPETS = [
  ...'{}[]:,"\\/ \t\n\r\u0000\u001f0123456789+-.eEtrufalsn\u00e9'.split(""),
  ...'\\u|\\ud800|\\udc00|\\u0061|"a":1,|"a":|"\\u0061":|[]|{}|null|true|\ufeff'.split("|"),
].map((text) => Buffer.from(text));

export interface Mutation {
  readonly at: number;
  readonly cutBytes: number;
  readonly added: Buffer | { readonly copiedFrom: number; readonly bytes: number };
}

/** Cuts out up to three bytes somewhere and puts in a snippet, any byte, or a piece of the text itself. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  cutBytes: fc.nat(3),
  added: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(Buffer.of(), ...SNIPPETS) },
    { weight: 1, arbitrary: fc.nat(255).map((byte) => Buffer.of(byte)) },
    { weight: 8, arbitrary: fc.record({ copiedFrom: fc.nat(), bytes: fc.nat(12) }) },
  ),
});

export function mutate(bytes: Buffer, { at, cutBytes, added }: Mutation): Buffer {
  const start = at % (bytes.length + 1);
  const from = "copiedFrom" in added ? added.copiedFrom % (bytes.length + 1) : 0;
  const inserted = "copiedFrom" in added ? bytes.subarray(from, from + added.bytes) : added;
  return Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(start + cutBytes)]);
}
