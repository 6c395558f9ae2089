import { hash } from "node:crypto";
import { sortKeys } from "../domain/sort-keys.ts";

/** Number and content of many rows, whatever their order: the sum of their SHA-256, modulo 2^256. */
export interface RowsDigest {
  add(row: object): void;
  /** Rows and digest as text, to be compared. */
  text(): string;
}

const MODULUS = 1n << 256n;

export function makeRowsDigest(): RowsDigest {
  let count = 0;
  let sum = 0n;
  return {
    add(row) {
      count += 1;
      sum = (sum + BigInt(`0x${hash("sha256", textOf(row))}`)) % MODULUS;
    },
    text: () => `${count} rows, ${sum.toString(16).padStart(64, "0")}`,
  };
}

function textOf(row: object): string {
  return JSON.stringify(sortKeys(plain(row)));
}

/** Bytes become text; stores may give them as one class or another. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}
