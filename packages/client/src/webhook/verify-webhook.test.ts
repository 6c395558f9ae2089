import { describe, expect, it } from "vitest";
import { verifyWebhook } from "../index.ts";

/** The example that the libraries of Standard Webhooks share. */
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PUBLIC_KEY = "whpk_1SiA4o9hyqTCpIqC5V9HUakiieCQCelpfZTIiwTBbOir4A==";
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const AT = 1_614_265_330;
const BODY = '{"test": 2432232314}';
const V1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

const headers = (signature: string, more: object = {}): Record<string, string> => ({
  ...{ "webhook-id": ID, "webhook-timestamp": String(AT), "webhook-signature": signature },
  ...more,
});
const at = (secret: string | readonly string[], seconds = AT) => ({ secret, now: seconds * 1_000 });

describe("A webhook", () => {
  it("is genuine with the known signature, whatever form its parts have", async () => {
    const genuine = { id: ID, timestamp: new Date(AT * 1_000), text: BODY };
    expect(await verifyWebhook(headers(V1), BODY, at(SECRET))).toEqual(genuine);
    const bytes = new TextEncoder().encode(BODY);
    expect(await verifyWebhook(new Headers(headers(V1)), bytes, at([SECRET]))).toEqual(genuine);
    expect(await verifyWebhook(headers(V1), bytes.buffer, at(SECRET))).toEqual(genuine);
    const shouted = { "Webhook-Id": ID, "WEBHOOK-TIMESTAMP": String(AT), "Webhook-Signature": [V1] };
    expect(await verifyWebhook(shouted, BODY, at(SECRET))).toEqual(genuine);
  });

  it("is genuine if one of several signatures fits one of several secrets", async () => {
    const other = `whsec_${btoa("x".repeat(32))}`;
    const many = `v2,abc v1,AAAA v1a,AAAA ${V1} v1,not-base64!`;
    expect(await verifyWebhook(headers(many), BODY, at([other, SECRET]))).toMatchObject({ id: ID });
    await expect(verifyWebhook(headers(many), BODY, at([other]))).rejects.toMatchObject({
      code: "webhook_signature_invalid",
    });
  });

  it.each([
    ["body", headers(V1), `${BODY} `, SECRET],
    ["id", headers(V1, { "webhook-id": "other" }), BODY, SECRET],
    ["time", headers(V1, { "webhook-timestamp": String(AT + 1) }), BODY, SECRET],
    ["secret", headers(V1), BODY, `whsec_${btoa("x".repeat(24))}`],
    ["signature", headers(V1.replace("g", "h")), BODY, SECRET],
    ["shorter signature", headers(V1.slice(0, 40)), BODY, SECRET],
    ["version", headers(V1.replace("v1", "v1a")), BODY, SECRET],
    ["empty signature", headers("v1,"), BODY, SECRET],
  ])("is not genuine with another %s", async (_, given, body, secret) => {
    await expect(verifyWebhook(given, body, at(secret))).rejects.toMatchObject({
      ...{ code: "webhook_signature_invalid", status: null },
    });
  });

  it("is genuine for five minutes before and after, or as long as one says", async () => {
    const outside = { code: "webhook_timestamp_out_of_tolerance" };
    for (const seconds of [AT - 300, AT + 300]) await verifyWebhook(headers(V1), BODY, at(SECRET, seconds));
    for (const seconds of [AT - 301, AT + 301]) {
      await expect(verifyWebhook(headers(V1), BODY, at(SECRET, seconds))).rejects.toMatchObject(outside);
    }
    await expect(verifyWebhook(headers(V1), BODY, SECRET)).rejects.toMatchObject(outside);
    await verifyWebhook(headers(V1), BODY, { ...at(SECRET, AT + 999), toleranceSeconds: 1_000 });
  });

  it.each([
    ["an id", { "webhook-id": "" }],
    ["a time", { "webhook-timestamp": "" }],
    ["a time that is a number", { "webhook-timestamp": "1e9" }],
    ["only one time", { "Webhook-Timestamp": String(AT) }],
  ])("needs %s", async (_, more) => {
    await expect(verifyWebhook(headers(V1, more), BODY, at(SECRET))).rejects.toMatchObject({
      code: "webhook_headers_invalid",
    });
  });

  it("cannot be checked with what is no secret, and the complaint does not show it", async () => {
    for (const secret of ["", "whsec_", "whsec_c2hvcnQ=", "whsk_AAAA", "geheim", "whsec_ä", PUBLIC_KEY]) {
      const failure: unknown = await verifyWebhook(headers(V1), BODY, at(secret)).catch((error) => error);
      expect(failure).toMatchObject({ code: "webhook_secret_invalid" });
      if (secret.length > 10) expect(String(failure)).not.toContain(secret.slice(6));
    }
  });

  it("cannot be checked once it was parsed", async () => {
    const parsed = JSON.parse(BODY) as string;
    await expect(verifyWebhook(headers(V1), parsed, at(SECRET))).rejects.toThrow(/as it came/);
  });
});
