import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeMasterKey, makeMasterKeyText, parseMasterKeyText } from "./master-key.ts";

describe("the text of a master key", () => {
  it("is 32 bytes in base64, with or without padding", () => {
    const text = makeMasterKeyText(randomBytes);
    expect(text).toHaveLength(44);
    expect(parseMasterKeyText(text)).toHaveLength(32);
    expect(parseMasterKeyText(text.slice(0, -1))).toEqual(parseMasterKeyText(text));
  });

  it.each([
    ["nothing", ""],
    ["31 bytes", Buffer.alloc(31, 7).toString("base64")],
    ["33 bytes", Buffer.alloc(33, 7).toString("base64")],
    ["hexadecimal digits", Buffer.alloc(32, 7).toString("hex")],
    ["quotes around it", `"${Buffer.alloc(32, 7).toString("base64")}"`],
    ["a space in it", Buffer.alloc(32, 7).toString("base64").replace("c", " c")],
    ["a line end", `${Buffer.alloc(32, 7).toString("base64")}\n`],
    ["bits behind its last byte", `${"B".repeat(43)}=`],
  ])("is refused for %s", (_what, text) => {
    expect(parseMasterKeyText(text)).toBeNull();
  });
});

describe("a master key", () => {
  const bytes = randomBytes(32);
  const masterKey = makeMasterKey(bytes, randomBytes);
  const key = randomBytes(32);

  it("unwraps what it wrapped, under the same label alone", () => {
    const wrapped = masterKey.wrap("data", key);
    expect(masterKey.unwrap("data", wrapped)).toEqual(key);
    expect(masterKey.unwrap("index", wrapped)).toBeNull();
  });

  it("wraps the same key differently each time", () => {
    expect(masterKey.wrap("data", key)).not.toEqual(masterKey.wrap("data", key));
  });

  it("unwraps nothing that another one wrapped, and has another check value", () => {
    const other = makeMasterKey(randomBytes(32), randomBytes);
    expect(other.unwrap("data", masterKey.wrap("data", key))).toBeNull();
    expect(other.checkValue).not.toEqual(masterKey.checkValue);
    expect(makeMasterKey(bytes, randomBytes).checkValue).toEqual(masterKey.checkValue);
  });

  it("unwraps nothing in which any bit was changed or that was cut", () => {
    const wrapped = masterKey.wrap("data", key);
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Buffer.from(wrapped);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(masterKey.unwrap("data", changed)).toBeNull();
      expect(masterKey.unwrap("data", wrapped.subarray(0, at))).toBeNull();
    }
  });

  it("shows its bytes in neither the check value nor a wrapped key", () => {
    const shown = Buffer.concat([masterKey.checkValue, masterKey.wrap("data", key)]);
    expect(shown.includes(bytes.subarray(0, 8))).toBe(false);
    expect(shown.includes(key.subarray(0, 8))).toBe(false);
  });
});
