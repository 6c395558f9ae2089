const FIRST_BYTES = 4_096;
/** A UTF-16 code unit takes at most 3 bytes of UTF-8. */
const BYTES_PER_UNIT = 3;

/** An answer while it is put together: texts and stored bytes go side by side into one buffer that grows, each copied once. */
export interface AnswerBytes {
  readonly length: () => number;
  readonly text: (text: string) => void;
  readonly bytes: (bytes: Uint8Array) => void;
  /** Takes back everything behind the first `length` bytes. */
  readonly cut: (length: number) => void;
  /** What was put together; nothing may be added after it. */
  readonly end: () => Buffer;
}

/** An empty answer. */
export function makeAnswerBytes(): AnswerBytes {
  let buffer = Buffer.allocUnsafe(FIRST_BYTES);
  let used = 0;
  const makeRoom = (room: number): void => {
    if (used + room <= buffer.length) return;
    const wider = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, used + room));
    buffer.copy(wider, 0, 0, used);
    buffer = wider;
  };
  return {
    length: () => used,
    text: (text) => {
      makeRoom(text.length * BYTES_PER_UNIT);
      used += buffer.write(text, used);
    },
    bytes: (bytes) => {
      makeRoom(bytes.length);
      buffer.set(bytes, used);
      used += bytes.length;
    },
    cut: (length) => {
      used = length;
    },
    end: () => buffer.subarray(0, used),
  };
}
