import { expect, test } from "vitest";
import { openTestFlow, WEBHOOK } from "./testing/open-test-flow.ts";

const ROTATION = { overlapHours: 1, signature: null };

test("the same URL, filter and format again is the same webhook, whatever its name and secret", async () => {
  const { flow, projectId } = await openTestFlow();
  const filter = { type: ["a"], payload: { n: [1] } };
  const first = await flow.createWebhook(projectId, { ...WEBHOOK, filter });
  const again = await flow.createWebhook(projectId, {
    ...WEBHOOK,
    name: "other",
    filter: { payload: { n: [1] }, type: ["a"] },
  });
  expect(first.secret).toMatch(/^whsec_/);
  expect(again).toMatchObject({ secret: null, view: { subscription: { id: first.view.subscription.id } } });
});

test("the same webhook with other settings is refused with the id of the one that is there", async () => {
  const { flow, projectId } = await openTestFlow();
  const { view } = await flow.createWebhook(projectId, WEBHOOK);
  const other = { ...WEBHOOK, webhook: { ...WEBHOOK.webhook, maxInFlight: 3 } };
  await expect(flow.createWebhook(projectId, other)).rejects.toMatchObject({
    code: "subscription_exists",
    detail: expect.stringContaining(view.subscription.id),
  });
});

test("an ended webhook does not count: the same one can be made anew", async () => {
  const { flow, projectId } = await openTestFlow();
  const { view } = await flow.createWebhook(projectId, WEBHOOK);
  await flow.deleteSubscription(projectId, view.subscription.id);
  const again = await flow.createWebhook(projectId, WEBHOOK);
  expect(again.view.subscription.id).not.toBe(view.subscription.id);
});

test("a change that would make two webhooks the same is refused and changes nothing", async () => {
  const { flow, projectId } = await openTestFlow();
  await flow.createWebhook(projectId, WEBHOOK);
  const url = "https://example.com/other";
  const { view } = await flow.createWebhook(projectId, { ...WEBHOOK, webhook: { ...WEBHOOK.webhook, url } });
  const change = { webhook: { url: WEBHOOK.webhook.url } };
  await expect(flow.changeSubscription(projectId, view.subscription.id, change)).rejects.toMatchObject({
    code: "subscription_exists",
  });
  expect((await flow.readSubscription(projectId, view.subscription.id)).webhook?.url).toBe(url);
});

test("a rotated secret signs beside the old one for the overlap", async () => {
  const { flow, projectId, clock } = await openTestFlow();
  const { view, secret } = await flow.createWebhook(projectId, WEBHOOK);
  const { id } = view.subscription;
  const rotated = await flow.rotateSecret(projectId, id, ROTATION);
  expect(await flow.readSecret(projectId, id)).toBe(rotated.secret);
  const secrets = (await flow.readSubscription(projectId, id)).webhook?.secrets;
  expect(secrets).toEqual([
    { secret: rotated.secret, validUntil: null },
    { secret, validUntil: clock.now() + 3_600_000 },
  ]);
});

test("an inbox has neither secret nor webhook settings", async () => {
  const { flow, projectId } = await openTestFlow();
  const main = await flow.findInbox(projectId, "main");
  await expect(flow.readSecret(projectId, main.id)).rejects.toMatchObject({ code: "not_a_webhook" });
  await expect(flow.rotateSecret(projectId, main.id, ROTATION)).rejects.toMatchObject({
    code: "not_a_webhook",
  });
  await expect(flow.changeSubscription(projectId, main.id, { webhook: {} })).rejects.toMatchObject({
    code: "invalid_request",
  });
});
