import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { postEvent } from "../harness/calls.ts";
import { eventually } from "../harness/eventually.ts";
import type { AttemptView, DeliveryView, SubscriptionView } from "../harness/webhooks.ts";
import { done, refused, type Scene } from "./scene.ts";
import type { Secrets } from "./secrets.ts";
import { makeEvent } from "./use-events.ts";

/** A webhook whose endpoint refuses everything: its deliveries die, are redriven, replayed and cancelled, and what was answered is kept. */
export async function useWebhooks(scene: Scene): Promise<void> {
  const { client, secrets, round } = scene;
  const { canary } = secrets;
  await using endpoint = await openTalkativeEndpoint(secrets);
  const source = `hook-${round}`;
  const url = `${endpoint.url}/${canary("url")}/${round}?key=${canary("url-query")}`;
  const wish = {
    ...{ name: source, channel: "webhook", filter: { source: [source] }, retry: { schedule_seconds: [0] } },
    webhook: { url, headers: { "x-token": canary("header") } },
  };
  const hook = await done<SubscriptionView>(client, "POST /v1/subscriptions", wish);
  await useSecrets(scene, hook);
  const { event_id } = await postEvent(client, makeEvent(scene, { source }));
  const dead = await whenDead(scene, hook);
  await done(client, `POST /v1/deliveries/${dead.id}/redrive`);
  await whenDead(scene, hook);
  await useJobs(scene, hook, event_id);
  const last = await whenDead(scene, hook);
  const cancel = { reason: canary("cancel-reason") };
  await done(client, `POST /v1/deliveries/${last.id}/cancel`, cancel);
  await refused(client, `POST /v1/deliveries/${last.id}/cancel`, { body: cancel });

  await refused(client, "POST /v1/subscriptions", { body: { ...wish, labels: ["other"] } });
  const bad = ["http://127.0.0.1:22/", "http://10.0.0.1/", ""].map((start) => `${start}${canary("url")}`);
  for (const one of bad)
    await refused(client, "POST /v1/subscriptions", { body: { ...wish, webhook: { url: one } } });
}

/** Its answers, and their headers, are canaries. */
async function openTalkativeEndpoint({
  canary,
}: Secrets): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(500, { "x-answer": canary("answer-header") });
      response.end(canary("answer"));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function useSecrets({ client, secrets }: Scene, hook: SubscriptionView): Promise<void> {
  const path = `/v1/subscriptions/${hook.id}`;
  const rotated = await done<{ secret: string }>(client, `POST ${path}/rotate-secret`, { overlap_hours: 1 });
  const shown = await done<{ secret: string }>(client, `GET ${path}/secret`);
  for (const secret of [hook.secret ?? "", rotated.secret, shown.secret]) secrets.keepWebhookSecret(secret);
  await done(client, `POST ${path}/test`);
}

/** Filters and reasons stand in jobs. */
async function useJobs({ client, secrets }: Scene, hook: SubscriptionView, eventId: string): Promise<void> {
  const { canary } = secrets;
  const reason = canary("redrive-reason");
  const redrive = { subscription_id: hook.id, reason };
  const job = await done<{ id: string }>(client, "POST /v1/deliveries/redrive", redrive);
  await eventually(
    () => done<{ state: string }>(client, `GET /v1/jobs/${job.id}`),
    ({ state }) => state === "done",
  );
  const filter = { payload: { [canary("payload-key")]: [canary("job-filter"), canary("payload")] } };
  const slowly = { filter, rate_per_second: 1 };
  const { id } = await done<{ id: string }>(client, "POST /v1/replays", slowly);
  await done(client, `POST /v1/jobs/${id}/cancel`);
  await done(client, `POST /v1/events/${eventId}/replay`, { subscription_id: hook.id });
  await done(client, "POST /v1/filters/test", { filter, event_id: eventId });
  const sample = { filter, event: { payload: { [canary("payload-key")]: canary("sample") } } };
  await done(client, "POST /v1/filters/test", sample);
}

interface DeadDelivery extends DeliveryView {
  readonly attempts: readonly AttemptView[];
}

/** Nothing of the webhook is open any more; gives a delivery that died, once it is seen that the answer was kept. */
async function whenDead({ client, secrets }: Scene, { id }: SubscriptionView): Promise<DeadDelivery> {
  const list = (state: string) =>
    done<{ data: readonly DeliveryView[] }>(
      client,
      `GET /v1/deliveries?subscription_id=${id}&state=${state}`,
    );
  const [dead] = await eventually(
    async () => {
      const open = [...(await list("pending")).data, ...(await list("leased")).data];
      return open.length > 0 ? [] : (await list("dead")).data;
    },
    (found) => found.length > 0,
  );
  const delivery = await done<DeadDelivery>(client, `GET /v1/deliveries/${dead?.id}`);
  const kept = delivery.attempts.at(-1)?.response_excerpt;
  if (kept !== secrets.canary("answer")) throw new Error(`The answer was not kept: ${kept}`);
  return delivery;
}
