import { expect, it } from "vitest";
import { openTestApp } from "../testing/open-test-app.ts";

it("accepted events are counted, new ones and repeated ones, single and in batches", async () => {
  const app = await openTestApp();
  const single = { body: { payload: {} }, headers: { "idempotency-key": "a" } };
  for (let n = 0; n < 2; n++) await app.request("POST", "/v1/events", single);
  await app.request("POST", "/v1/events", { body: { payload: { other: true } }, headers: single.headers });
  const batch = { body: { events: [{ payload: {} }, { payload: {} }, { payload: 1 }] } };
  for (let n = 0; n < 2; n++)
    await app.request("POST", "/v1/events/batch", { ...batch, headers: { "idempotency-key": "b" } });
  const { text } = await app.request("GET", "/metrics", { key: app.operatorKey });
  expect(text).toContain('triggers_events_accepted_total{outcome="created"} 3\n');
  expect(text).toContain('triggers_events_accepted_total{outcome="replayed"} 3\n');
  await app.close();
});
