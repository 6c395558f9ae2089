import { createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeDerivedKeys, makeNonceSource } from "./derived-keys.ts";

describe("a nonce source", () => {
  it("counts under one salt and draws a fresh one when the salt has served its share", () => {
    const nonces = makeNonceSource(randomBytes, 3);
    const first = nonces.salt();
    const seen = Array.from({ length: 7 }, () => {
      const nonce = nonces.next().toString("hex");
      return { nonce: nonce.slice(-2), salt: nonces.salt() };
    });
    expect(seen.map((pair) => pair.nonce)).toEqual(["00", "01", "02", "00", "01", "02", "00"]);
    expect(new Set(seen.map((pair) => pair.salt.toString("hex"))).size).toBe(3);
    expect(seen[2]?.salt).toBe(first);
    expect(seen[3]?.salt).not.toBe(first);
  });
});

describe("derived keys", () => {
  const dataKey = (tag: string) => ({ tag, secret: createSecretKey(randomBytes(32)) });

  it("are found again by project, tag and salt", () => {
    const keys = makeDerivedKeys();
    const key = keys.derive("p1", dataKey("tag-0001"), "salt");
    expect(keys.find("p1", "tag-0001salt")).toBe(key);
    expect(keys.find("p1", "tag-0001sal2")).toBeUndefined();
  });

  it("of another project are not found, even under the same tag", () => {
    const keys = makeDerivedKeys();
    keys.derive("p1", dataKey("tag-0001"), "salt");
    expect(keys.find("p2", "tag-0001salt")).toBeUndefined();
  });

  it("depend on the data key and on the salt", () => {
    const keys = makeDerivedKeys();
    const one = dataKey("tag-0001");
    const exported = [
      keys.derive("p1", one, "a"),
      keys.derive("p1", one, "b"),
      keys.derive("p1", dataKey("tag-0001"), "a"),
    ].map((key) => key.export().toString("hex"));
    expect(new Set(exported).size).toBe(3);
    expect(keys.derive("p1", one, "a").export().toString("hex")).toBe(exported[0]);
  });
});
