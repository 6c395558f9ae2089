/** One line of a file, as its bytes. */
export interface Line {
  /** Counted from 1, empty lines too. */
  readonly number: number;
  /** Null: it is longer than any event may be, and was passed over. */
  readonly bytes: Buffer | null;
  /** Bytes of the file up to its end. */
  readonly endsAt: number;
  /** No other line is at hand: the next one has to be waited for. */
  readonly isLast: boolean;
}

const LINE_FEED = 0x0a;

/** Reads lines one by one, holding no more than one of them and a piece of the file. */
export async function* readLines(pieces: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 0;
  let endsAt = 0;
  const add = (part: Uint8Array) => {
    length += part.length;
    endsAt += part.length;
    if (length <= most) parts.push(part);
    else parts = [];
  };
  const take = (isLast: boolean): Line => {
    const line = { number: ++number, bytes: length > most ? null : Buffer.concat(parts), endsAt, isLast };
    parts = [];
    length = 0;
    return line;
  };
  for await (const piece of pieces) {
    let from = 0;
    for (let to = piece.indexOf(LINE_FEED); to >= 0; ) {
      add(piece.subarray(from, to));
      endsAt += 1;
      from = to + 1;
      to = piece.indexOf(LINE_FEED, from);
      yield take(to < 0);
    }
    add(piece.subarray(from));
  }
  if (length > 0) yield take(true);
}
