import { gzipSync } from "node:zlib";
import type { Sent } from "../harness/client.ts";
import { refused, type Scene } from "./scene.ts";
import { makeEvent } from "./use-events.ts";

/** Every way of refusing that could repeat what it refuses. */
export async function useBadInput(scene: Scene): Promise<void> {
  await useBadEvents(scene);
  await useBadPaths(scene);
  const { client, secrets } = scene;
  const field = secrets.canary("bad-field");
  const filters = [
    { [field]: [field] },
    { type: field },
    { type: [{ [field]: field }] },
    { type: [{ numeric: [field] }] },
  ];
  for (const filter of filters) {
    await refused(client, "POST /v1/subscriptions", { body: { name: "bad", channel: "inbox", filter } });
    await refused(client, "POST /v1/filters/test", { body: { filter, last: 1 } });
    await refused(client, "POST /v1/replays", { body: { filter } });
  }
  await refused(client, "POST /v1/keys", { body: { name: field, scopes: [field] } });
}

async function useBadEvents(scene: Scene): Promise<void> {
  const { canary } = scene.secrets;
  const bad = (sent: Sent) => refused(scene.client, "POST /v1/events", sent);
  const event = (more: Readonly<Record<string, unknown>> = {}) => makeEvent(scene, more);
  const [json, field, header] = [canary("bad-json"), canary("bad-field"), canary("bad-header")];
  await bad({ body: `{"payload": {"a": ${json}}}` });
  await bad({ body: `{"payload": {"${json}": 1, "${json}": 2}}` });
  await bad({ body: Buffer.concat([Buffer.from(`{"payload":{"${json}":"`), Buffer.from([0xff])]) });
  await bad({ body: `{"payload":{"${json}":"\\ud800"}}` });
  await bad({ body: `{"payload":{"${json}":${"[".repeat(70)}${"]".repeat(70)}}}` });
  await bad({ body: `{"payload":{"a":"${json}"` });
  await bad({ body: gzipSync(`{"payload":${json}}`), headers: { "content-encoding": "gzip" } });
  await bad({ body: `gzip ${json}`, headers: { "content-encoding": "gzip" } });
  await bad({ body: event({ [field]: field }) });
  for (const name of ["type", "occurred_at", "deliver_at", "tags", "metadata", "payload"])
    await bad({ body: event({ [name]: `${field} §` }) });
  await bad({ body: event({ metadata: { priority: field } }) });
  await bad({ body: event(), headers: { "content-type": `text/${header}` } });
  await bad({ body: event(), headers: { "content-encoding": header } });
  await bad({ body: event(), headers: { "idempotency-key": header.repeat(20) } });
  await bad({ body: event(), headers: { expect: header } });
  await bad({ body: { payload: { big: canary("payload").repeat(50_000) } } });
}

async function useBadPaths({ client, secrets: { canary } }: Scene): Promise<void> {
  const [query, path, cursor] = [canary("bad-query"), canary("bad-path"), canary("bad-cursor")];
  for (const start of ["subject=&type=", "type=", "status=", "after=", "limit=", `${query}=`])
    await refused(client, `GET /v1/events?${start}${query}%C3`);
  for (const name of ["status", "after", "limit", "order", `x%20${query}`])
    await refused(client, `GET /v1/events?${name}=${query}`);
  await refused(client, `GET /v1/events?cursor=${cursor}`);
  await refused(client, "GET /v1/events/stream", { headers: { "last-event-id": cursor } });
  for (const kind of ["events", "deliveries", "subscriptions", "jobs"])
    await refused(client, `GET /v1/${kind}/${path}`);
  await refused(client, `GET /v1/${path}`);
  await refused(client, `PUT /v1/events/${path}`);
  await refused(client, `GET /v1/inbox?inbox=${query}`);
}
