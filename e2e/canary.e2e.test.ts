import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { expectStatus, lease, postEvent, settle } from "./harness/calls.ts";
import { type Answer, type Client, connect, type Page, type Sent } from "./harness/client.ts";
import { type Program, startProgram } from "./harness/start-program.ts";

const MARK = randomBytes(6).toString("hex");
const PLACES = [
  ...["payload", "payload-key", "metadata", "metadata-key", "subject", "ordering-key", "extension"],
  ...["idempotency", "filter", "filter-key", "reason", "trace", "bootstrap", "wrong-key", "operator"],
  ...[
    "url",
    "url-query",
    "header",
    "answer",
    "answer-header",
    "job-filter",
    "cancel-reason",
    "redrive-reason",
  ],
  ...["bad-json", "bad-field", "bad-query", "bad-header", "bad-cursor", "bad-path", "bad-token"],
] as const;

/** A text that stands nowhere but where we put it. */
function canary(place: (typeof PLACES)[number]): string {
  return `canary-${place}-${MARK}`;
}

/** What may stand nowhere at rest, in no log and in no error answer: the canaries, and the keys as they were issued. */
const secrets: string[] = PLACES.map(canary);
const errors: Answer[] = [];

describe("What callers entrust to us", () => {
  let program: Program;

  beforeAll(async () => {
    program = await startProgram({
      env: {
        TRIGGERS_BOOTSTRAP_API_KEY: `${canary("bootstrap")}-000000000000`,
        TRIGGERS_OPERATOR_KEY: `${canary("operator")}-0000000000000`,
        TRIGGERS_LOG_LEVEL: "trace",
        TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8",
      },
    });
    using client = connect(program, program.key);
    await useKeys(client);
    await useEvents(client);
    await useInbox(client);
    await useWebhook(client);
    await useBadInput(client);
  });
  afterAll(() => program?.[Symbol.asyncDispose]());

  it("is found by the search that this test makes", async () => {
    // The `type` of an event is kept in the clear.
    expect(await findInFolder(program.dataDir, [`clear.${MARK}`])).not.toEqual([]);
    expect(errors.length).toBeGreaterThan(30);
    expect(new Set(errors.map(({ status }) => status)).size).toBeGreaterThan(5);
    expect(program.output()).toContain('"level":');
  });

  it("stands in no error answer", () => {
    const told = errors.flatMap(({ status, headers, bytes }) => {
      // A pointer names the place of a fault by the sender's own member names.
      const text = JSON.stringify(headers) + bytes.toString().replaceAll(/"pointer":"[^"]*"/g, "");
      return secrets
        .filter((secret) => text.includes(secret))
        .map((secret) => `${status}: ${secret}: ${text}`);
    });
    expect(told).toEqual([]);
  });

  it("stands nowhere in the data folder while the program runs", async () => {
    expect(await findInFolder(program.dataDir, secrets)).toEqual([]);
  });

  it("stands nowhere in the data folder after kill -9 and after a stop", async () => {
    await program.kill();
    expect(await findInFolder(program.dataDir, secrets)).toEqual([]);
    await program.start();
    await program.stop();
    expect(await findInFolder(program.dataDir, secrets)).toEqual([]);
  });

  it("stands in no line that the program wrote", () => {
    const output = program.output();
    expect(secrets.filter((secret) => output.includes(secret))).toEqual([]);
  });
});

async function findInFolder(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (!(await stat(path)).isFile()) continue;
    const bytes = await readFile(path);
    for (const text of texts) if (bytes.includes(text)) found.push(`${name}: ${text}`);
  }
  return found;
}

async function useKeys(client: Client): Promise<void> {
  const wish = { name: "sender", scopes: ["events:write"] };
  const made = expectStatus(
    await client.send<{ id: string; key: string }>("POST", "/v1/keys", { body: wish }),
    201,
  );
  const rotated = await client.send<{ id: string; key: string }>("POST", `/v1/keys/${made.id}/rotate`, {
    body: { overlap_hours: 1 },
  });
  for (const { key } of [made, expectStatus(rotated, 200)]) {
    // The first part of a key is its id, which is no secret.
    secrets.push(key.slice(-24));
    await client.send("GET", "/v1/me", { headers: { authorization: `Bearer ${key}` } });
    await refused(client, "GET /v1/events", { headers: { authorization: `Bearer ${key}` } });
  }
  expectStatus(await client.send("DELETE", `/v1/keys/${made.id}`), 204);
  await refused(client, "GET /v1/me", { headers: { authorization: `Bearer ${made.key}` } });
  const wrong = `${canary("wrong-key")}-0000000000`;
  await refused(client, "GET /v1/me", { headers: { authorization: `Bearer ${wrong}` } });
  await refused(client, "GET /v1/me", { headers: { authorization: null, "x-api-key": wrong } });
  await refused(client, "GET /v1/me", { headers: { authorization: `Basic ${wrong}` } });
  await refused(client, "GET /v1/me", { headers: { "x-api-key": wrong } });
  const operator = { authorization: `Bearer ${canary("operator")}-0000000000000` };
  await client.send("POST", "/v1/projects", { body: { name: "other" }, headers: operator });
  await refused(client, "GET /v1/events", { headers: operator });
}

function event(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: `clear.${MARK}`,
    payload: { [canary("payload-key")]: canary("payload") },
    metadata: { [canary("metadata-key")]: canary("metadata") },
    subject: canary("subject"),
    ordering_key: canary("ordering-key"),
    ...more,
  };
}

async function useEvents(client: Client): Promise<void> {
  const filter = {
    subject: [canary("subject")],
    payload: { [canary("payload-key")]: [{ prefix: "canary" }] },
    metadata: { [canary("filter-key")]: [{ exists: false }, canary("filter")] },
  };
  const inbox = { name: "sealed", channel: "inbox", filter, ordered: true };
  expectStatus(await client.send("POST", "/v1/subscriptions", { body: inbox }), 201);
  const { event_id } = await postEvent(client, event(), canary("idempotency"));
  expectStatus(
    await client.send("POST", "/v1/events", {
      body: event(),
      headers: { "idempotency-key": canary("idempotency") },
    }),
    200,
  );
  await refused(client, "POST /v1/events", {
    body: event({ source: "another" }),
    headers: { "idempotency-key": canary("idempotency") },
  });
  const events = [
    event({ idempotency_key: `${canary("idempotency")}-item` }),
    event({ [canary("bad-field")]: 1 }),
  ];
  const batch = await client.send<{ results: { outcome: string; error?: unknown }[] }>(
    "POST",
    "/v1/events/batch",
    {
      body: { events },
    },
  );
  const failed = expectStatus(batch, 200).results.filter(({ outcome }) => outcome === "failed");
  expect(failed).toHaveLength(1);
  errors.push({ ...batch, bytes: Buffer.from(JSON.stringify(failed)) });
  const cloudEvent = {
    headers: {
      ...{
        "ce-specversion": "1.0",
        "ce-type": `clear.${MARK}`,
        "ce-source": "/e2e",
        "ce-id": canary("extension"),
      },
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: `vendor=${canary("trace")}`,
    },
    body: { about: canary("payload") },
  };
  expectStatus(await client.send("POST", "/v1/events", cloudEvent), 201);
  for (const path of ["/v1/events", `/v1/events?subject=${canary("subject")}`, `/v1/events/${event_id}`])
    expect(expectStatus(await client.send("GET", path), 200)).not.toBeNull();
  expectStatus(await client.send("GET", `/v1/events/${event_id}/payload`), 200);
  const doomed = await postEvent(client, event());
  expectStatus(await client.send("DELETE", `/v1/events/${doomed.event_id}`), 204);
  await refused(client, `GET /v1/events/${doomed.event_id}`);
}

async function useInbox(client: Client): Promise<void> {
  const reason = canary("reason");
  const first = await lease(client, { limit: 1 }, "sealed");
  expect(first).toHaveLength(1);
  expect(
    await settle(
      client,
      "extend",
      first.map((one) => ({ ...one, lease_seconds: 60 })),
    ),
  ).toEqual(["extended"]);
  expect(
    await settle(
      client,
      "release",
      first.map((one) => ({ ...one, reason })),
    ),
  ).toEqual(["released"]);
  const again = await lease(client, { limit: 1 }, "sealed");
  expect(
    await settle(
      client,
      "bury",
      again.map((one) => ({ ...one, reason })),
    ),
  ).toEqual(["buried"]);
  const others = await lease(client, { limit: 10 });
  expect(await settle(client, "ack", others)).toEqual(others.map(() => "acknowledged"));
  const lost = [{ delivery_id: "A".repeat(43), lease_token: canary("bad-token") }];
  await client.send("POST", "/v1/inbox/ack", { body: { deliveries: lost } });
  await refused(client, "POST /v1/inbox/lease?inbox=sealed", { body: { limit: canary("bad-field") } });
}

/** A receiver that answers every delivery with an error: the delivery dies, and what was answered is kept. */
async function useWebhook(client: Client): Promise<void> {
  const receiver = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(500, { "x-answer": canary("answer-header") });
      response.end(canary("answer"));
    });
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const { port } = receiver.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/${canary("url")}?key=${canary("url-query")}`;
  const wish = {
    ...{ name: "hook", channel: "webhook", filter: { source: ["hook"] }, retry: { schedule_seconds: [0] } },
    webhook: { url, headers: { "x-token": canary("header") } },
  };
  const hook = expectStatus(
    await client.send<{ id: string; secret: string }>("POST", "/v1/subscriptions", { body: wish }),
    201,
  );
  secrets.push(hook.secret.slice("whsec_".length));
  const rotated = await client.send<{ secret: string }>(
    "POST",
    `/v1/subscriptions/${hook.id}/rotate-secret`,
    {
      body: { overlap_hours: 1 },
    },
  );
  secrets.push(expectStatus(rotated, 200).secret.slice("whsec_".length));
  expectStatus(await client.send("POST", `/v1/subscriptions/${hook.id}/test`), 200);
  const { event_id } = await postEvent(client, event({ source: "hook" }));
  const dead = await vi.waitUntil(() => findDead(client, hook.id), { timeout: 10_000 });
  expect(dead.attempts.map(({ response_excerpt }) => response_excerpt)).toEqual([canary("answer")]);
  const filter = { payload: { [canary("payload-key")]: [canary("job-filter")] } };
  expectStatus(await client.send("POST", "/v1/replays", { body: { filter } }), 202);
  const reason = canary("redrive-reason");
  expectStatus(await client.send("POST", "/v1/deliveries/redrive", { body: { reason } }), 202);
  expectStatus(await client.send("GET", `/v1/events/${event_id}/explain`), 200);
  expectStatus(await client.send("POST", "/v1/filters/test", { body: { filter, event_id } }), 200);
  const cancel = { body: { reason: canary("cancel-reason") } };
  expectStatus(await client.send("POST", `/v1/deliveries/${dead.id}/cancel`, cancel), 200);
  await refused(client, `POST /v1/deliveries/${dead.id}/cancel`, cancel);
  await refused(client, "POST /v1/subscriptions", { body: { ...wish, labels: ["other"] } });
  for (const bad of [
    `http://127.0.0.1:22/${canary("url")}`,
    `http://10.0.0.1/${canary("url")}`,
    canary("url"),
  ])
    await refused(client, "POST /v1/subscriptions", { body: { ...wish, webhook: { url: bad } } });
  receiver.close();
  receiver.closeAllConnections();
}

interface DeadDelivery {
  readonly id: string;
  readonly attempts: readonly { readonly response_excerpt: string | null }[];
}

async function findDead(client: Client, subscriptionId: string): Promise<DeadDelivery | null> {
  const path = `/v1/deliveries?subscription_id=${subscriptionId}&state=dead`;
  const [found] = expectStatus(await client.send<Page<{ id: string }>>("GET", path), 200).data;
  if (found === undefined) return null;
  return expectStatus(await client.send<DeadDelivery>("GET", `/v1/deliveries/${found.id}`), 200);
}

/** Every way of refusing that could repeat what it refuses. */
async function useBadInput(client: Client): Promise<void> {
  const bad = (sent: Sent) => refused(client, "POST /v1/events", sent);
  const field = canary("bad-field");
  await bad({ body: `{"payload": {"a": ${canary("bad-json")}}}` });
  await bad({ body: `{"payload": {"${canary("bad-json")}": 1, "${canary("bad-json")}": 2}}` });
  await bad({
    body: Buffer.concat([Buffer.from(`{"payload":{"${canary("bad-json")}":"`), Buffer.from([0xff])]),
  });
  await bad({ body: `{"payload":{"${canary("bad-json")}":"\\ud800"}}` });
  await bad({ body: `{"payload":{"${canary("bad-json")}":${"[".repeat(70)}${"]".repeat(70)}}}` });
  await bad({ body: `{"payload":{"a":"${canary("bad-json")}"` });
  await bad({ body: gzipSync(`{"payload":${canary("bad-json")}}`), headers: { "content-encoding": "gzip" } });
  await bad({ body: `gzip ${canary("bad-json")}`, headers: { "content-encoding": "gzip" } });
  await bad({ body: event({ [field]: field }) });
  for (const name of ["type", "occurred_at", "deliver_at", "tags", "metadata", "payload"])
    await bad({ body: event({ [name]: `${field} §` }) });
  await bad({ body: event({ metadata: { priority: field } }) });
  await bad({ body: event(), headers: { "content-type": `text/${canary("bad-header")}` } });
  await bad({ body: event(), headers: { "content-encoding": canary("bad-header") } });
  await bad({ body: event(), headers: { "idempotency-key": canary("bad-header").repeat(20) } });
  await bad({ body: event(), headers: { expect: canary("bad-header") } });
  await bad({ body: { payload: { big: canary("payload").repeat(50_000) } } });
  for (const query of ["subject=&type=", "type=", "status=", "after=", "limit=", `${canary("bad-query")}=`])
    await refused(client, `GET /v1/events?${query}${canary("bad-query")}%C3`);
  for (const query of ["status", "after", "limit", "order", `x%20${canary("bad-query")}`])
    await refused(client, `GET /v1/events?${query}=${canary("bad-query")}`);
  await refused(client, `GET /v1/events?cursor=${canary("bad-cursor")}`);
  await refused(client, "GET /v1/events/stream", { headers: { "last-event-id": canary("bad-cursor") } });
  await refused(client, `GET /v1/events/${canary("bad-path")}`);
  await refused(client, `GET /v1/${canary("bad-path")}`);
  await refused(client, `PUT /v1/events/${canary("bad-path")}`);
  await refused(client, `GET /v1/inbox?inbox=${canary("bad-query")}`);
  const filters = [
    { [field]: [field] },
    { type: field },
    { type: [{ [field]: field }] },
    { type: [{ numeric: [field] }] },
  ];
  for (const filter of filters)
    await refused(client, "POST /v1/subscriptions", { body: { name: "bad", channel: "inbox", filter } });
  await refused(client, "POST /v1/keys", { body: { name: field, scopes: [field] } });
}

/** `call`: method and path. */
async function refused(client: Client, call: string, sent: Sent = {}): Promise<void> {
  const [method = "", path = ""] = call.split(" ", 2);
  const answer = await client.send(method, path, sent);
  if (answer.status < 400) throw new Error(`${call} was not refused: ${answer.status}`);
  errors.push(answer);
}
