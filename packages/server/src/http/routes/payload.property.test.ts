import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { jsonObjectText, jsonText } from "../testing/json-text.ts";
import { openTestApp, type TestApp } from "../testing/open-test-app.ts";

/** Payloads in a run: 10,000 in all by default. */
const PAYLOADS = 500;
const numRuns = Number(process.env.PROPERTY_RUNS ?? 20);

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp({ config: { rateLimit: 0 } });
});
afterAll(() => app.close());

async function post(body: string, headers: Record<string, string> = {}): Promise<string> {
  const { status, json } = await app.request("POST", "/v1/events", { body: Buffer.from(body), headers });
  expect(status).toBe(201);
  return String(json.event_id);
}

async function readBytes(path: string): Promise<Buffer> {
  const headers = { authorization: `Bearer ${app.key}` };
  return (await app.server.inject({ method: "GET", url: path, headers })).rawPayload;
}

it("a payload comes back as the bytes that were sent", { timeout: 120_000 }, async () => {
  const payloads = fc.array(jsonObjectText, { minLength: PAYLOADS, maxLength: PAYLOADS, size: "max" });
  await fc.assert(
    fc.asyncProperty(payloads, async (sent) => {
      for (const payload of sent) {
        const id = await post(`{"payload":${payload}}`);
        expect((await readBytes(`/v1/events/${id}/payload`)).equals(Buffer.from(payload))).toBe(true);
      }
    }),
    { numRuns, endOnFailure: true },
  );
});

it("payload, metadata and CloudEvents data stand unchanged in the event", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(jsonObjectText, jsonText, async (payload, data) => {
      const plain = await post(`{"metadata":{"own":${payload}},"payload":${payload}}`);
      const event = (await readBytes(`/v1/events/${plain}?view=fact`)).toString();
      expect(event).toContain(
        `"metadata":{"own":${payload},"priority":"normal","tags":[]},"extensions":null,`,
      );
      expect(event.endsWith(`"payload":${payload}}`)).toBe(true);
      const type = { "content-type": "application/cloudevents+json" };
      const head = `"specversion":"1.0","source":"/s","type":"t","id":"${plain}"`;
      const id = await post(`{${head},"data":${data}}`, type);
      expect((await readBytes(`/v1/events/${id}?view=fact`)).toString().endsWith(`"payload":${data}}`)).toBe(
        true,
      );
    }),
    { numRuns: numRuns * 25 },
  );
});
