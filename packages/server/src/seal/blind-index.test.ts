import { createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type IndexKind, makeBlindIndex } from "./blind-index.ts";

const KINDS: readonly IndexKind[] = [
  "subject",
  "ordering_key",
  "target_url",
  "subscription_identity",
  "idempotency_key",
  "cloudevent_id",
];
const index = makeBlindIndex(createSecretKey(randomBytes(32)));
const other = makeBlindIndex(createSecretKey(randomBytes(32)));

describe("a blind index", () => {
  it("is equal for equal text, and another one for each kind, text and key", () => {
    const all = KINDS.flatMap((kind) => ["a", "A", "", "ä", "a\0b"].map((text) => [kind, text] as const));
    const seen = all.flatMap(([kind, text]) => [index.blindIndex(kind, text), other.blindIndex(kind, text)]);
    expect(new Set(seen.map((text) => text.slice(0, 21))).size).toBe(seen.length);
    expect(all.map(([kind, text]) => index.blindIndex(kind, text))).toEqual(
      seen.filter((_, i) => i % 2 === 0),
    );
  });

  it("does not let text reach into another kind", () => {
    expect(index.blindIndex("subject", "\0x").slice(0, 21)).not.toBe(index.checksum("\0x").slice(0, 21));
    expect(index.checksum("a")).not.toBe(index.blindIndex("subject", "a").slice(0, 14));
    expect(index.fingerprint(["a"])).not.toBe(index.blindIndex("idempotency_key", "a"));
  });

  it("is the canonical base64url of 16 bytes, of 32 for idempotency, and a checksum of 10", () => {
    for (let i = 0; i < 200; i++) {
      for (const kind of KINDS) {
        const text = index.blindIndex(kind, `text ${i}`);
        const bytes = Buffer.from(text, "base64url");
        expect(bytes).toHaveLength(kind === "idempotency_key" || kind === "cloudevent_id" ? 32 : 16);
        expect(bytes.toString("base64url")).toBe(text);
      }
      const checksum = index.checksum(`cursor ${i}`);
      expect(Buffer.from(checksum, "base64url")).toHaveLength(10);
      expect(Buffer.from(checksum, "base64url").toString("base64url")).toBe(checksum);
    }
  });
});

describe("a fingerprint", () => {
  it("does not depend on whether a part is text or its bytes", () => {
    expect(index.fingerprint(["ä{}", Buffer.from("x")])).toBe(index.fingerprint([Buffer.from("ä{}"), "x"]));
  });

  it("differs with each byte, each border between parts and each key", () => {
    const many = [
      index.fingerprint(["ab", "c"]),
      index.fingerprint(["a", "bc"]),
      index.fingerprint(["abc"]),
      index.fingerprint(["abc", ""]),
      index.fingerprint(["", "abc"]),
      index.fingerprint(["ab", "d"]),
      index.fingerprint([]),
      other.fingerprint(["ab", "c"]),
    ];
    expect(new Set(many).size).toBe(many.length);
  });
});
