import { expect, it } from "vitest";
import { makeLeaseBodies } from "./lease-bodies.ts";

const LEASE = "http://127.0.0.1:1/v1/inbox/lease?inbox=a";

function answerWith(text: string, status = 200): typeof fetch {
  return async () => new Response(text, { status });
}

it("keeps each event of a lease as its very bytes, and leaves the answer to its caller", async () => {
  const events = ['{"metadata":{"n":9007199254740993, "x":1e400},"payload":{"é":"}]"}}', '{"a" : [ ]}'];
  const items = events.map((event, n) => `{"delivery_id":"d${n}","lease_token":"t","event":${event}}`);
  const text = ` {"deliveries": [ ${items.join(" , ")} ]}`;
  const bodies = makeLeaseBodies(answerWith(text));
  const response = await bodies.fetch(LEASE, { method: "POST" });
  expect((await bodies.take("d1")).toString()).toBe(events[1]);
  expect((await bodies.take("d0")).toString()).toBe(events[0]);
  expect(await response.text()).toBe(text);
});

it("gives each event out once", async () => {
  const bodies = makeLeaseBodies(answerWith('{"deliveries":[{"delivery_id":"d","event":{}}]}'));
  await bodies.fetch(LEASE);
  await bodies.take("d");
  await expect(bodies.take("d")).rejects.toThrow("brought no event");
});

it.each([
  ["what is no JSON", LEASE, "<html>", 200],
  ["a refusal", LEASE, '{"deliveries":[{"delivery_id":"d","event":{}}]}', 409],
  ["another call", "http://127.0.0.1:1/v1/inbox/ack", '{"deliveries":[{"delivery_id":"d","event":{}}]}', 200],
])("passes over %s", async (_, url, text, status) => {
  const bodies = makeLeaseBodies(answerWith(text, status));
  expect(await (await bodies.fetch(url)).text()).toBe(text);
  await expect(bodies.take("d")).rejects.toThrow("brought no event");
});
