import { createPublicKey, randomBytes, verify } from "node:crypto";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, it } from "vitest";
import { makeSecret, makeSigningKey, publicKeyOf } from "../domain/webhook-secret.ts";
import { makeSigner } from "./sign-webhook.ts";

const sign = makeSigner();

/** The example that the libraries of Standard Webhooks share. */
const EXAMPLE = {
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestamp: 1_614_265_330,
  body: Buffer.from('{"test": 2432232314}'),
};

const now = (): number => Math.floor(Date.now() / 1_000);

function headersOf(secrets: readonly string[], content: Parameters<typeof sign>[1]): Record<string, string> {
  return {
    "webhook-id": content.id,
    "webhook-timestamp": String(content.timestamp),
    "webhook-signature": sign(secrets, content),
  };
}

function verifies(secret: string, body: Buffer, headers: Record<string, string>): boolean[] {
  return [StandardWebhook, SvixWebhook].map((Webhook) => {
    try {
      new Webhook(secret).verify(body.toString(), headers);
      return true;
    } catch {
      return false;
    }
  });
}

describe("a signature", () => {
  it("of the public example is the known one, v1 and v1a", () => {
    expect(sign(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], EXAMPLE)).toBe(
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
    expect(
      sign(
        ["whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="],
        EXAMPLE,
      ),
    ).toBe("v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==");
  });

  it.each([24, 32, 64])("with a secret of %d bytes is verified by the public libraries", (bytes) => {
    const secret = `whsec_${randomBytes(bytes).toString("base64")}`;
    const body = Buffer.from('{"n":12345678901234567890, "text":"grüße 🎉","a":1}');
    const headers = headersOf([secret], { id: "d1", timestamp: now(), body });
    expect(verifies(secret, body, headers)).toEqual([true, true]);
  });

  it("is not verified when a byte of the body, the id, the time or the secret is another", () => {
    const secret = makeSecret(randomBytes);
    const body = Buffer.from('{"a":1}');
    const headers = headersOf([secret], { id: "d1", timestamp: now(), body });
    expect(verifies(secret, Buffer.from('{"a":2}'), headers)).toEqual([false, false]);
    expect(verifies(secret, body, { ...headers, "webhook-id": "d2" })).toEqual([false, false]);
    expect(verifies(secret, body, { ...headers, "webhook-timestamp": String(now() + 1) })).toEqual([
      false,
      false,
    ]);
    expect(verifies(makeSecret(randomBytes), body, headers)).toEqual([false, false]);
  });

  it("of each secret stands in one header, so that a receiver with any of them verifies", () => {
    const [old, fresh] = [makeSecret(randomBytes), makeSecret(randomBytes)];
    const key = makeSigningKey(randomBytes);
    const body = Buffer.from("{}");
    const headers = headersOf([fresh, old, key], { id: "d1", timestamp: now(), body });
    expect(headers["webhook-signature"]?.split(" ").map((signature) => signature.split(",")[0])).toEqual([
      "v1",
      "v1",
      "v1a",
    ]);
    for (const secret of [old, fresh]) expect(verifies(secret, body, headers)).toEqual([true, true]);
  });

  it("v1a is verified with the public key alone", () => {
    const key = makeSigningKey(randomBytes);
    const body = randomBytes(100);
    const signature = sign([key], { id: "d1", timestamp: 5, body }).replace("v1a,", "");
    const x = Buffer.from(publicKeyOf(key).replace("whpk_", ""), "base64").toString("base64url");
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    const signed = Buffer.concat([Buffer.from("d1.5."), body]);
    expect(verify(null, signed, publicKey, Buffer.from(signature, "base64"))).toBe(true);
  });

  it("is empty without a secret, and never made with a text that is none", () => {
    expect(sign([], EXAMPLE)).toBe("");
    expect(() => sign(["secret"], EXAMPLE)).toThrow("not a webhook secret");
  });
});
