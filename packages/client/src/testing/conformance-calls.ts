import type { RequestOptions, Triggers } from "../index.ts";

/** Arguments by name, as the cases have them. */
// biome-ignore lint/suspicious/noExplicitAny: they come out of JSON and are what the case says
type Named = Record<string, any>;

type CallByName = (client: Triggers, named: Named) => unknown;

/** Options in the words of the cases → those of this client. */
function optionsOf({ options = {} }: Named): RequestOptions & { idempotencyKey?: string | null } {
  const names: Readonly<Record<string, string>> = {
    ...{ idempotency_key: "idempotencyKey", max_retries: "maxRetries" },
    ...{ timeout_ms: "timeoutMs", attempt_timeout_ms: "attemptTimeoutMs" },
  };
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [names[name] ?? name, value]));
}

function eventOf({ payload_text: payloadText, ...event }: Named): Named {
  return payloadText === undefined ? event : { ...event, payloadText };
}

async function collect(list: AsyncIterable<unknown>, most = Number.POSITIVE_INFINITY): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of list) if (items.push(item) >= most) break;
  return items;
}

/** Every call that cases may name. */
export const CALLS: Readonly<Record<string, CallByName>> = {
  me: (client, a) => client.me(optionsOf(a)),
  eventTypes: (client) => client.eventTypes(),
  "events.send": (client, a) => client.events.send(eventOf(a.event) as never, optionsOf(a)),
  "events.sendBatch": (client, a) => client.events.sendBatch(a.events.map(eventOf), optionsOf(a)),
  "events.list": (client, a) => collect(client.events.list(a.query)),
  "events.get": (client, a) => client.events.get(a.id),
  "events.payload": (client, a) => client.events.payload(a.id),
  "events.stream": (client, a) => collect(client.events.stream(a.query), a.take),
  "events.deliveries": (client, a) => collect(client.events.deliveries(a.id, a.query)),
  "events.explain": (client, a) => collect(client.events.explain(a.id, a.query)),
  "events.replay": (client, a) => client.events.replay(a.id, a.input),
  "events.replayMany": (client, a) => client.events.replayMany(a.input),
  "events.countReplays": (client, a) => client.events.countReplays(a.input),
  "events.ack": (client, { id, ...more }) => client.events.ack(id, more),
  "events.delete": (client, a) => client.events.delete(a.id),
  "inbox.list": (client, a) => collect(client.inbox.list(a.query)),
  "inbox.lease": (client, a) => client.inbox.lease(a.wish),
  "inbox.ack": (client, a) => client.inbox.ack(a.deliveries),
  "inbox.release": (client, a) => client.inbox.release(a.deliveries),
  "inbox.bury": (client, a) => client.inbox.bury(a.deliveries),
  "inbox.extend": (client, a) => client.inbox.extend(a.deliveries),
  "inbox.drain": (client, a) => client.inbox.drain(() => undefined, a.options),
  "subscriptions.create": (client, a) => client.subscriptions.create(a.input),
  "subscriptions.ensure": (client, a) => client.subscriptions.ensure(a.name, a.input),
  "subscriptions.list": (client, a) => collect(client.subscriptions.list(a.query)),
  "subscriptions.get": (client, a) => client.subscriptions.get(a.id),
  "subscriptions.change": (client, a) => client.subscriptions.change(a.id, a.change),
  "subscriptions.delete": (client, a) => client.subscriptions.delete(a.id),
  "subscriptions.pause": (client, a) => client.subscriptions.pause(a.id),
  "subscriptions.resume": (client, a) => client.subscriptions.resume(a.id),
  "subscriptions.test": (client, a) => client.subscriptions.test(a.id),
  "subscriptions.stats": (client, a) => client.subscriptions.stats(a.id),
  "subscriptions.secret": (client, a) => client.subscriptions.secret(a.id),
  "subscriptions.rotateSecret": (client, a) => client.subscriptions.rotateSecret(a.id, a.rotation),
  "filters.test": (client, a) => client.filters.test(a.filter, a.sample),
  "filters.testOnLast": (client, a) => client.filters.testOnLast(a.filter, a.last),
  "deliveries.list": (client, a) => collect(client.deliveries.list(a.query)),
  "deliveries.get": (client, a) => client.deliveries.get(a.id),
  "deliveries.redrive": (client, a) => client.deliveries.redrive(a.id),
  "deliveries.redriveMany": (client, a) => client.deliveries.redriveMany(a.which),
  "deliveries.countDead": (client, a) => client.deliveries.countDead(a.which),
  "deliveries.cancel": (client, a) => client.deliveries.cancel(a.id, a.input),
  "jobs.get": (client, a) => client.jobs.get(a.id),
  "jobs.cancel": (client, a) => client.jobs.cancel(a.id),
  "jobs.wait": (client, a) => client.jobs.wait(a.id),
  "keys.create": (client, a) => client.keys.create(a.input),
  "keys.list": (client, a) => collect(client.keys.list(a.query)),
  "keys.rotate": (client, a) => client.keys.rotate(a.id, a.rotation),
  "keys.revoke": (client, a) => client.keys.revoke(a.id),
  "projects.create": (client, a) => client.projects.create(a.input),
  "projects.get": (client, a) => client.projects.get(a.id),
  "projects.rename": (client, a) => client.projects.rename(a.id, a.name),
  "projects.delete": (client, a) => client.projects.delete(a.id),
};
