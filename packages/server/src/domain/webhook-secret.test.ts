import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  checkSecret,
  makeSecret,
  makeSigningKey,
  publicKeyOf,
  readSecret,
  secretsAt,
  versionOf,
} from "./webhook-secret.ts";

const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 0xfb).toString("base64")}`;

describe("makeSecret", () => {
  it("gives 32 random bytes in base64 behind whsec_, which is a valid secret", () => {
    const secret = makeSecret((length) => Buffer.alloc(length, 1));
    expect(secret).toBe(`whsec_${Buffer.alloc(32, 1).toString("base64")}`);
    expect(checkSecret(makeSecret(randomBytes))).toBeNull();
    expect(makeSecret(randomBytes)).not.toBe(makeSecret(randomBytes));
  });
});

describe("checkSecret", () => {
  it.each([24, 25, 26, 32, 64])("takes %d bytes, with and without padding", (bytes) => {
    expect(checkSecret(secretOf(bytes))).toBeNull();
    expect(checkSecret(secretOf(bytes).replaceAll("=", ""))).toBeNull();
  });

  it.each([0, 1, 23, 65, 100])("refuses %d bytes", (bytes) => {
    expect(checkSecret(secretOf(bytes))).toBe("must be the base64 of 24 to 64 bytes");
  });

  it.each([
    secretOf(32).replace("+", "-"),
    `${secretOf(32)}\n`,
    secretOf(32).replace("w", "w "),
    `${secretOf(33)}=`,
    `whsec_${"a".repeat(41)}`,
    `whsec_${"ü".repeat(40)}`,
  ])("refuses %j, which is no whole base64", (text) => {
    expect(checkSecret(text)).not.toBeNull();
  });

  it.each(["", "secret", "whpk_abc", "WHSEC_abc", Buffer.alloc(32).toString("base64")])(
    "refuses %j, which has no prefix",
    (text) => {
      expect(checkSecret(text)).toBe("must start with whsec_ or whsk_");
    },
  );

  it("takes a signing key", () => {
    expect(checkSecret(makeSigningKey(randomBytes))).toBeNull();
  });

  it.each([
    ["is no base64", "whsk_*"],
    ["has a seed alone", `whsk_${Buffer.alloc(32, 7).toString("base64")}`],
    ["has the public key of another seed", `whsk_${Buffer.alloc(64, 7).toString("base64")}`],
  ])("refuses a signing key that %s", (_, text) => {
    expect(checkSecret(text)).toBe(
      "must be whsk_ and the base64 of an Ed25519 seed with its public key, 64 bytes",
    );
  });
});

describe("a signing key", () => {
  it("holds seed and public key, and shows the public one", () => {
    const key = makeSigningKey((length) => Buffer.alloc(length, 7));
    const bytes = Buffer.from(key.slice("whsk_".length), "base64");
    expect(bytes.subarray(0, 32)).toEqual(Buffer.alloc(32, 7));
    expect(publicKeyOf(key)).toBe(`whpk_${bytes.subarray(32).toString("base64")}`);
  });

  it("has the public key of the known pair", () => {
    const known = "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    const seed = Buffer.from(known, "base64").subarray(0, 32);
    expect(makeSigningKey(() => seed)).toBe(`whsk_${known}`);
  });

  it("is not there for a symmetric secret", () => {
    expect(() => publicKeyOf(secretOf(32))).toThrow("A symmetric secret has no public key.");
  });
});

describe("readSecret", () => {
  it("gives the bytes of a symmetric secret and the key of an asymmetric one", () => {
    expect(readSecret(secretOf(24))).toEqual({ version: "v1", bytes: Buffer.alloc(24, 0xfb) });
    expect(readSecret(makeSigningKey(randomBytes))).toMatchObject({
      version: "v1a",
      privateKey: expect.objectContaining({ asymmetricKeyType: "ed25519" }),
    });
  });

  it.each(["", "whpk_AAAA", "whsec_*", "whsk_*"])("throws for %j", (text) => {
    expect(() => readSecret(text)).toThrow("The text is not a webhook secret.");
  });
});

describe("versionOf", () => {
  it("tells by which scheme a secret signs", () => {
    expect([versionOf(makeSecret(randomBytes)), versionOf(makeSigningKey(randomBytes))]).toEqual([
      "v1",
      "v1a",
    ]);
  });
});

describe("secretsAt", () => {
  it("leaves out those whose time is over and keeps the order", () => {
    const secrets = [
      { secret: "new", validUntil: null },
      { secret: "old", validUntil: 1_000 },
      { secret: "older", validUntil: 500 },
    ];
    expect(secretsAt(secrets, 499)).toEqual(["new", "old", "older"]);
    expect(secretsAt(secrets, 500)).toEqual(["new", "old"]);
    expect(secretsAt(secrets, 1_000)).toEqual(["new"]);
  });
});
