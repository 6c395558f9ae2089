import { writeUuid } from "../../domain/ids.ts";

/*
 * Arrays in PostgreSQL's binary form (`array_send` in its sources: a header, then the length and bytes of each element). As texts, which is what the driver would make of
 * them, a group of 256 events takes 12.4 µs of this process's CPU per event instead of 8.9, and a third more of the time until it is committed: blobs double in length,
 * and every element is quoted, searched for quotes and parsed again.
 */

interface ElementType<T> {
  readonly oid: number;
  /** In bytes. */
  size(value: T): number;
  write(into: Buffer, value: T, at: number): void;
}

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

function pack<T>(type: ElementType<T>, values: readonly (T | null)[]): Buffer {
  let bytes = HEADER_BYTES;
  let hasNull = 0;
  for (const value of values) {
    bytes += LENGTH_BYTES;
    if (value === null) hasNull = 1;
    else bytes += type.size(value);
  }
  const packed = Buffer.allocUnsafe(bytes);
  let at = 0;
  // One dimension, any NULLs, the type of the elements, how many, the index of the first.
  for (const word of [1, hasNull, type.oid, values.length, 1]) at = packed.writeInt32BE(word, at);
  for (const value of values) {
    const size = value === null ? NULL_LENGTH : type.size(value);
    at = packed.writeInt32BE(size, at);
    if (value === null) continue;
    type.write(packed, value, at);
    at += size;
  }
  return packed;
}

const BOOLEAN: ElementType<boolean> = {
  oid: 16,
  size: () => 1,
  write: (into, value, at) => into.writeUInt8(value ? 1 : 0, at),
};
const BYTEA: ElementType<Uint8Array> = {
  oid: 17,
  size: (value) => value.byteLength,
  write: (into, value, at) => into.set(value, at),
};
const BIGINT: ElementType<number> = {
  oid: 20,
  size: () => 8,
  write(into, value, at) {
    into.writeInt32BE(Math.floor(value / 2 ** 32), at);
    into.writeUInt32BE(value >>> 0, at + 4);
  },
};
const SMALLINT: ElementType<number> = {
  oid: 21,
  size: () => 2,
  write: (into, value, at) => into.writeInt16BE(value, at),
};
const INTEGER: ElementType<number> = {
  oid: 23,
  size: () => 4,
  write: (into, value, at) => into.writeInt32BE(value, at),
};
const TEXT: ElementType<string> = {
  oid: 25,
  size: (value) => Buffer.byteLength(value),
  write: (into, value, at) => into.write(value, at),
};
const UUID: ElementType<string> = {
  oid: 2950,
  size: () => 16,
  write: (into, value, at) => writeUuid(value, into, at),
};

type Pack<T> = (values: readonly (T | null)[]) => Buffer;

export const booleans: Pack<boolean> = (values) => pack(BOOLEAN, values);
export const blobs: Pack<Uint8Array> = (values) => pack(BYTEA, values);
/** Whole numbers up to 2^53. */
export const bigints: Pack<number> = (values) => pack(BIGINT, values);
export const smallints: Pack<number> = (values) => pack(SMALLINT, values);
export const integers: Pack<number> = (values) => pack(INTEGER, values);
export const texts: Pack<string> = (values) => pack(TEXT, values);
/** In their canonical texts. */
export const uuids: Pack<string> = (values) => pack(UUID, values);
