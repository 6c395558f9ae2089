import { createPublicKey, randomBytes, randomUUID, verify } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSigningKey, publicKeyOf } from "../../domain/webhook-secret.ts";
import { openReceiver, type Received, type Receiver } from "../testing/open-receiver.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

let app: TestApp;
let receiver: Receiver;
beforeAll(async () => {
  app = await openTestApp({ config: { allowNetworks: ["127.0.0.0/8"] } });
  receiver = await openReceiver((response) => response.writeHead(200).end());
});
afterAll(() => Promise.all([app.close(), receiver.close()]));

const create = (more: object = {}, url = `https://example.com/${randomUUID()}`) =>
  app.request("POST", "/v1/subscriptions", { body: { channel: "webhook", webhook: { url }, ...more } });
const at = (id: string, rest: string): string => `/v1/subscriptions/${id}${rest}`;
const rotate = async (id: string, body: object) =>
  (await app.request("POST", at(id, "/rotate-secret"), { body })).json;

const SYMMETRIC = /^whsec_[A-Za-z0-9+/]{43}=$/;
const PRIVATE = /^whsk_[A-Za-z0-9+/]{86}==$/;
const PUBLIC = /^whpk_[A-Za-z0-9+/]{43}=$/;

/** Sends the sample and gives what arrived. */
async function received(id: string): Promise<Received> {
  const count = receiver.received.length + 1;
  await app.request("POST", at(id, "/test"));
  await receiver.waitFor(count);
  const request = receiver.received[count - 1];
  if (request === undefined) throw new Error("nothing arrived");
  return request;
}

/** As a receiver does it that has the public key alone: https://github.com/standard-webhooks/standard-webhooks. */
function verifiesPublicly(publicKey: string, { headers, body }: Received): boolean {
  const x = Buffer.from(publicKey.replace("whpk_", ""), "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  return signaturesOf(headers)
    .filter((signature) => signature.startsWith("v1a,"))
    .some((signature) => verify(null, signed, key, Buffer.from(signature.slice("v1a,".length), "base64")));
}

const signaturesOf = (headers: Received["headers"]): string[] =>
  String(headers["webhook-signature"]).split(" ");

const versionsOf = ({ headers }: Received): string[] =>
  signaturesOf(headers).map((signature) => signature.split(",")[0] ?? "");

function verifiesWith(secret: string, { headers, body }: Received): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

describe("the signature of a webhook", () => {
  it("is v1 if nothing is said, with a secret and no public key", async () => {
    const { json } = await create();
    expect(json.secret).toMatch(SYMMETRIC);
    expect(json).not.toHaveProperty("public_key");
    expect((await app.request("GET", at(json.id, "/secret"))).json).toEqual({ secret: json.secret });
  });

  it("is v1a if that is asked for, and verified with the public key alone", async () => {
    const { status, json } = await create({ signature: "v1a" }, `${receiver.url}/asked`);
    expect(status).toBe(201);
    expect([json.secret, json.public_key]).toEqual([
      expect.stringMatching(PRIVATE),
      expect.stringMatching(PUBLIC),
    ]);
    const { secret, public_key } = json;
    expect((await app.request("GET", at(json.id, "/secret"))).json).toEqual({ secret, public_key });
    const request = await received(json.id);
    expect(versionsOf(request)).toEqual(["v1a"]);
    expect(verifiesPublicly(public_key, request)).toBe(true);
    expect(verifiesPublicly(publicKeyOf(makeSigningKey(randomBytes)), request)).toBe(false);
    expect(verifiesPublicly(public_key, { ...request, body: `${request.body} ` })).toBe(false);
  });

  it("is v1a for a key pair of the caller's own", async () => {
    const secret = makeSigningKey(randomBytes);
    const { json } = await create({ secret }, `${receiver.url}/own`);
    expect(json).toMatchObject({ secret, public_key: publicKeyOf(secret) });
    expect(verifiesPublicly(publicKeyOf(secret), await received(json.id))).toBe(true);
  });

  it.each([
    { secret: makeSigningKey(randomBytes), signature: "v1" },
    { secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", signature: "v1a" },
  ])("$signature is refused beside a secret that signs otherwise", async (more) => {
    const { status, json } = await create(more);
    expect([status, json.errors]).toEqual([
      422,
      [{ pointer: "/signature", detail: expect.stringContaining("leave one of the two out") }],
    ]);
  });

  it("is rotated from v1 to v1a: for the overlap receivers verify by either", async () => {
    const { json: made } = await create({}, `${receiver.url}/to-v1a`);
    const rotated = await rotate(made.id, { overlap_hours: 1, signature: "v1a" });
    expect(rotated).toMatchObject({
      secret: expect.stringMatching(PRIVATE),
      public_key: expect.stringMatching(PUBLIC),
    });
    const request = await received(made.id);
    expect(versionsOf(request)).toEqual(["v1a", "v1"]);
    expect(verifiesPublicly(rotated.public_key, request)).toBe(true);
    expect(verifiesWith(made.secret, request)).toBe(true);
  });

  it("stays v1a when it is rotated without a word: both public keys verify for the overlap, then one", async () => {
    const { json: made } = await create({ signature: "v1a" }, `${receiver.url}/stays`);
    const second = await rotate(made.id, { overlap_hours: 1 });
    expect(second.secret).toMatch(PRIVATE);
    const during = await received(made.id);
    const keys = [made.public_key, second.public_key];
    expect(versionsOf(during)).toEqual(["v1a", "v1a"]);
    expect(keys.map((key) => verifiesPublicly(key, during))).toEqual([true, true]);
    const third = await rotate(made.id, { overlap_hours: 0 });
    const after = await received(made.id);
    expect(versionsOf(after)).toEqual(["v1a"]);
    expect([...keys, third.public_key].map((key) => verifiesPublicly(key, after))).toEqual([
      ...[false, false, true],
    ]);
  });

  it("is rotated back to v1", async () => {
    const { json: made } = await create({ signature: "v1a" }, `${receiver.url}/back`);
    const rotated = await rotate(made.id, { overlap_hours: 0, signature: "v1" });
    expect(rotated.secret).toMatch(SYMMETRIC);
    expect(rotated).not.toHaveProperty("public_key");
    expect(verifiesWith(rotated.secret, await received(made.id))).toBe(true);
  });

  it("is not changed by a PUT, which makes what is new and leaves the rest", async () => {
    const path = `/v1/subscriptions/by-name/n-${randomUUID()}`;
    const webhook = { url: `https://example.com/${randomUUID()}` };
    const put = (signature: string) =>
      app.request("PUT", path, { body: { channel: "webhook", webhook, signature } });
    const made = await put("v1a");
    expect([made.status, made.json.public_key]).toEqual([201, expect.stringMatching(PUBLIC)]);
    expect((await put("v1a")).status).toBe(200);
    const refused = await put("v1");
    expect([refused.status, refused.json.code, refused.json.errors]).toEqual([
      ...[422, "immutable_field"],
      [{ pointer: "/signature", detail: "cannot be changed here; rotate the secret" }],
    ]);
  });
});
