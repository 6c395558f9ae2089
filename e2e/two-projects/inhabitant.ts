import { expectStatus, lease, postEvent, settle } from "../harness/calls.ts";
import { type Client, connect, type Leased } from "../harness/client.ts";
import type { Program } from "../harness/start-program.ts";

/** A project with one of everything, and how to speak for it. */
export interface Inhabitant {
  readonly client: Client;
  readonly key: string;
  readonly projectId: string;
  readonly keyId: string;
  readonly eventId: string;
  readonly inboxId: string;
  readonly inboxName: string;
  readonly webhookId: string;
  readonly jobId: string;
  readonly leased: Leased;
  readonly deadId: string;
  /** Where a list of theirs goes on. */
  readonly cursor: string;
  /** Texts that stand only in this project. */
  readonly marks: readonly string[];
}

/** Makes a project and puts one of everything into it; `name` stands in all of it. */
export async function settleIn(program: Program, name: string, operatorKey: string): Promise<Inhabitant> {
  using operator = connect(program, operatorKey);
  const project = await make<{ id: string; api_key: string }>(operator, "/v1/projects", {
    name: `project-${name}`,
  });
  const client = connect(program, project.api_key);
  const inboxName = `inbox-of-${name}`;
  const inbox = await make<{ id: string }>(client, "/v1/subscriptions", {
    name: inboxName,
    channel: "inbox",
  });
  const webhook = await make<{ id: string }>(client, "/v1/subscriptions", webhookOf(name));
  const key = await make<{ id: string }>(client, "/v1/keys", {
    name: `key-of-${name}`,
    scopes: ["events:read"],
  });
  const event = { payload: { mark: `payload-of-${name}` }, type: `type-of-${name}` };
  const ids = [await postEvent(client, event), await postEvent(client, event)].map(
    ({ event_id }) => event_id,
  );
  const [leased, dead] = await lease(client, { limit: 2, lease_seconds: 600 }, inboxName);
  if (leased === undefined || dead === undefined) throw new Error("Nothing was there to lease.");
  await settle(client, "bury", [dead]);
  const replay = await client.send<{ id: string }>("POST", `/v1/events/${ids[0]}/replay`, {
    body: { subscription_id: inbox.id },
  });
  const page = await client.send<{ next_cursor: string }>("GET", "/v1/events?limit=1");
  return {
    ...{ client, key: project.api_key, projectId: project.id, keyId: key.id, eventId: leased.event.id },
    ...{ inboxId: inbox.id, inboxName, webhookId: webhook.id, leased, deadId: dead.delivery_id },
    jobId: expectStatus(replay, 202).id,
    cursor: expectStatus(page, 200).next_cursor,
    marks: [
      ...["payload-of", "type-of", "inbox-of", "hook-of", "key-of", "project"].map(
        (what) => `${what}-${name}`,
      ),
      ...[project.id, inbox.id, ...ids],
    ],
  };
}

/** It matches nothing, so that nothing is sent. */
function webhookOf(name: string): Record<string, unknown> {
  const webhook = { url: `https://example.com/hook-of-${name}` };
  return { name: `hook-of-${name}`, channel: "webhook", webhook, filter: { type: ["no.such.type"] } };
}

async function make<T>(client: Client, path: string, body: unknown): Promise<T> {
  return expectStatus(await client.send<T>("POST", path, { body }), 201);
}

/** Everything of a project that somebody else might change. */
export async function lookAround({ client, ...of }: Inhabitant): Promise<unknown> {
  const paths = [
    ...[`/v1/events/${of.eventId}`, `/v1/events/${of.eventId}/deliveries`, `/v1/deliveries/${of.deadId}`],
    ...[of.inboxId, of.webhookId].map((id) => `/v1/subscriptions/${id}`),
    `/v1/subscriptions/${of.webhookId}/secret`,
    `/v1/jobs/${of.jobId}`,
  ];
  const seen = await Promise.all(paths.map((path) => client.send("GET", path)));
  const keys = expectStatus(await client.send<{ data: { id: string }[] }>("GET", "/v1/keys"), 200).data;
  return [...seen.map((answer) => expectStatus(answer, 200)), keys.some(({ id }) => id === of.keyId)];
}
