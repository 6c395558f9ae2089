import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Line, readLines } from "./read-lines.ts";

async function linesOf(pieces: readonly Buffer[], most = 1_000): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(toAsync(pieces), most)) lines.push(line);
  return lines;
}

async function* toAsync(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

function textsOf(lines: readonly Line[]): readonly (string | null)[] {
  return lines.map(({ bytes }) => bytes?.toString("latin1") ?? null);
}

describe("Lines", () => {
  it("are the same however the file comes in pieces", async () => {
    const cut = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 8 }), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(cut, async (texts) => {
        const lines = await linesOf(texts.map((text) => Buffer.from(text)));
        const whole = texts.join("");
        const expected = whole.split("\n");
        if (expected.at(-1) === "") expected.pop();
        expect(textsOf(lines)).toEqual(expected);
        expect(lines.map(({ number }) => number)).toEqual(expected.map((_, index) => index + 1));
        expect(lines.at(-1)?.endsAt ?? 0).toBe(whole.length);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 200) },
    );
  });

  it("that are too long are passed over, and the next one is read", async () => {
    const pieces = ["aaaa", "aaaa\nbb", "\n", "cccccc"].map((text) => Buffer.from(text));
    expect(textsOf(await linesOf(pieces, 5))).toEqual([null, "bb", null]);
  });
});
