import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeSecret, makeSigningKey, publicKeyOf } from "../../../server/src/domain/webhook-secret.ts";
import { makeSigner } from "../../../server/src/push/sign-webhook.ts";
import { verifyWebhook } from "../index.ts";

const sign = makeSigner();
const NOW = 1_764_000_000;

/** The server's signature over a body, as headers. */
function headersOf(secrets: readonly string[], body: Uint8Array): Record<string, string> {
  const content = { id: "d1", timestamp: NOW, body };
  return {
    "webhook-id": "d1",
    "webhook-timestamp": String(NOW),
    "webhook-signature": sign(secrets, content),
  };
}

describe("What the server signs", () => {
  const symmetric = { signs: makeSecret(randomBytes), checks: "" };
  symmetric.checks = symmetric.signs;
  const privateKey = makeSigningKey(randomBytes);
  const asymmetric = { signs: privateKey, checks: publicKeyOf(privateKey) };

  it.each([
    ["v1", symmetric],
    ["v1a", asymmetric],
  ])("is genuine by %s, whatever the body", async (_, { signs, checks }) => {
    const other = makeSecret(randomBytes);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (body) => {
        const secret = { secret: [other, checks], now: NOW * 1_000 };
        await verifyWebhook(headersOf([signs], body), body, secret);
        await verifyWebhook(headersOf([makeSecret(randomBytes), signs], body), body, secret);
        const foreign = verifyWebhook(headersOf([signs], body), body, { ...secret, secret: other });
        await expect(foreign).rejects.toMatchObject({ code: "webhook_signature_invalid" });
      }),
    );
  });

  it.each([
    ["v1", symmetric],
    ["v1a", asymmetric],
  ])("is not genuine by %s when a bit of it was turned", async (_, { signs, checks }) => {
    const position = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(), fc.nat(7));
    await fc.assert(
      fc.asyncProperty(position, async ([body, at, bit]) => {
        const headers = headersOf([signs], body);
        const turned = Uint8Array.from(body);
        const index = at % body.length;
        turned[index] = (body[index] ?? 0) ^ (1 << bit);
        const checking = verifyWebhook(headers, turned, { secret: checks, now: NOW * 1_000 });
        await expect(checking).rejects.toMatchObject({ code: "webhook_signature_invalid" });
      }),
    );
  });
});
