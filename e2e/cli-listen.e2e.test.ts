import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../packages/server/src/store/testing/free-port.ts";
import { type CliServer, openServer } from "./cli/open-server.ts";
import { type CliRun, jsonLines, runCli, startCli } from "./cli/start-cli.ts";
import { openReceiverAt, type Received } from "./cli-listen/open-receiver-at.ts";
import { expectStatus, lease, postEvent } from "./harness/calls.ts";
import { type Client, connect } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { type DeliveryView, readDeliveries, type SubscriptionView, subscribe } from "./harness/webhooks.ts";

/** A line of `listen --json`. */
interface Line {
  readonly type: string | null;
  readonly id: string;
  readonly delivery_id: string;
  readonly attempt: number;
  readonly status: number | null;
  readonly outcome: string;
  readonly retry_in_seconds: number | null;
}

/** What only exact bytes bring through: numbers beyond doubles, blanks, keys out of order. */
const EXACT = `{"type":"order.created","metadata":{"trace_no":9007199254740993, "b":1.10,"a":1e400},"tags":["eu"],"subject":"cus_9",
  "payload":{"n":123456789012345678901234567890.0,  "z":"é","a":[ ]}}`;

describe("`triggers listen`", () => {
  let server: CliServer;
  let client: Client;
  let secret: string;

  beforeAll(async () => {
    server = await openServer({ TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8" });
    client = connect(server.program, server.program.key);
    secret = (await run("--print-secret")).stdout.trim();
  });
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const run = (...args: readonly string[]) => runCli({ env: server.env }, "listen", ...args);
  const start = (url: string, ...args: readonly string[]) =>
    startCli({ env: server.env }, "listen", "--forward", url, "--json", ...args);
  const whenListening = (listener: CliRun) =>
    eventually(listener.stderr, (text) => text.includes("Ctrl-C stops."));
  const linesOf = (listener: CliRun) => jsonLines<Line>(listener.stdout());

  async function stop(listener: CliRun): Promise<string> {
    const before = listener.stderr().length;
    listener.kill("SIGINT");
    expect(await listener.exited).toEqual({ code: 0, signal: null });
    return listener.stderr().slice(before);
  }

  async function inboxes(): Promise<readonly SubscriptionView[]> {
    const answer = await client.send<{ data: readonly SubscriptionView[] }>("GET", "/v1/subscriptions");
    return expectStatus(answer, 200).data.filter(({ name }) => name?.startsWith("listen-"));
  }

  it("sends the very bytes and headers that a webhook gets, signed with the secret it shows", async () => {
    await using webhook = await openReceiverAt();
    await using receiver = await openReceiverAt();
    const subscription = await subscribe(client, `${webhook.url}/hook`, { secret });
    const listener = start(`${receiver.url}/hook?x=1`, "--no-keep");
    await whenListening(listener);
    expectStatus(await client.send("POST", "/v1/events", { body: EXACT }), 201);
    const [pushed] = await eventually(
      () => webhook.received,
      ({ length }) => length === 1,
    );
    const [forwarded] = await eventually(
      () => receiver.received,
      ({ length }) => length === 1,
    );

    expect(forwarded?.body.toString()).toBe(pushed?.body.toString());
    expect(forwarded?.path).toBe("/hook?x=1");
    expect(comparable(forwarded)).toEqual(comparable(pushed));
    expect(forwarded?.headers).toMatchObject({ "user-agent": expect.stringMatching(/^triggers-api\//) });
    const verified = new Webhook(secret).verify(
      forwarded?.body ?? "",
      forwarded?.headers as Record<string, string>,
    );
    expect(verified).toMatchObject({ type: "order.created", subject: "cus_9" });
    const [line] = await eventually(
      () => linesOf(listener),
      ({ length }) => length === 1,
    );
    expect(line).toMatchObject({ type: "order.created", status: 204, outcome: "acknowledged", attempt: 1 });
    expect(line?.delivery_id).toBe(forwarded?.headers["webhook-id"]);
    await stop(listener);
    expectStatus(await client.send("DELETE", `/v1/subscriptions/${subscription.id}`), 204);
  });

  it("shows the same secret for the same key everywhere, and another for another key", async () => {
    expect((await run("--print-secret")).stdout.trim()).toBe(secret);
    expect(JSON.parse((await run("--print-secret", "--json")).stdout)).toEqual({ secret });
    const other = await runCli(
      { env: { ...server.env, TRIGGERS_API_KEY: "another-key-of-the-same-project-0" } },
      ...["listen", "--print-secret"],
    );
    expect(other.stdout).toMatch(/^whsec_[\w+/=]+\n$/);
    expect(other.stdout.trim()).not.toBe(secret);
  });

  it("keeps its inbox at Ctrl-C, says so, and goes on from there", async () => {
    await using receiver = await openReceiverAt();
    const first = start(receiver.url, "--type", "kept.*");
    await whenListening(first);
    const words = await stop(first);
    expect(words).toMatch(
      /Stopped: 0 acknowledged\.\nThe inbox listen-127\.0\.0\.1-\d+-[0-9a-f]{8} goes on collecting/,
    );
    const { event_id } = await postEvent(client, { type: "kept.one", payload: {} });
    const second = start(receiver.url, "--type", "kept.*", "--no-keep");
    await eventually(
      () => receiver.ids(),
      (ids) => ids.includes(event_id),
    );
    expect(second.stderr()).toContain("1 waits in it");
    await eventually(
      () => linesOf(second),
      ({ length }) => length === 1,
    );
    expect(await stop(second)).toContain("is removed");
    expect(await inboxes()).toEqual([]);
  });

  it("takes the types and the filter it is given, from now on or from the beginning", async () => {
    await using receiver = await openReceiverAt();
    const filter = JSON.stringify({ payload: { amount: [{ numeric: [">", 10] }] } });
    const { event_id: early } = await postEvent(client, { type: "bill.paid", payload: { amount: 11 } });
    const args = ["--type", "bill.*", "*.refunded", "--filter", filter, "--since", "earliest", "--no-keep"];
    const listener = start(receiver.url, ...args);
    await whenListening(listener);
    await postEvent(client, { type: "bill.paid", payload: { amount: 9 } });
    await postEvent(client, { type: "other.paid", payload: { amount: 12 } });
    const { event_id: late } = await postEvent(client, { type: "card.refunded", payload: { amount: 12 } });
    await eventually(
      () => receiver.ids(),
      (ids) => ids.includes(late) && ids.includes(early),
    );
    expect(receiver.ids().toSorted()).toEqual([early, late].toSorted());
    await stop(listener);
  });

  it("releases what is refused for as long as a webhook would wait", async () => {
    await using receiver = await openReceiverAt(({ count }) => (count === 1 ? 503 : 204));
    const listener = start(receiver.url, "--type", "refused.once", "--no-keep");
    await whenListening(listener);
    const began = performance.now();
    await postEvent(client, { type: "refused.once", payload: {} });
    const lines = await eventually(
      () => linesOf(listener),
      ({ length }) => length === 2,
    );
    expect(performance.now() - began).toBeGreaterThan(4_000);
    // 5 s, a fifth more or less.
    expect(lines).toMatchObject([
      { status: 503, outcome: "released", attempt: 1 },
      { status: 204, outcome: "acknowledged", attempt: 2 },
    ]);
    expect(lines[0]?.retry_in_seconds).toBeGreaterThanOrEqual(4);
    expect(lines[0]?.retry_in_seconds).toBeLessThanOrEqual(6);
    const [one, other] = receiver.received;
    expect(one?.headers["webhook-id"]).toBe(other?.headers["webhook-id"]);
    await stop(listener);
  });

  it("waits for a receiver that is not there without using up attempts, and says so once", async () => {
    const port = await freePort();
    const url = `http://localhost:${port}/hook`;
    const listener = start(url, "--type", "early.*");
    await eventually(listener.stderr, (text) => text.includes(`Nobody listens at ${url}`));
    const { event_id } = await postEvent(client, { type: "early.bird", payload: {} });
    const [inbox] = await inboxes();
    const stateNow = async () => (await readDeliveries(client, { id: inbox?.id ?? "" })).map(shown);
    expect(await eventually(stateNow, ({ length }) => length === 1)).toEqual([
      { state: "pending", attempt: 0 },
    ]);
    {
      await using receiver = await openReceiverAt(() => 204, port);
      await eventually(
        () => receiver.ids(),
        (ids) => ids.includes(event_id),
      );
    }
    // It goes away while an event is on its way: held, not given up.
    await postEvent(client, { type: "early.second", payload: {} });
    await eventually(listener.stderr, (text) => text.split("Nobody listens").length === 3);
    await using receiver = await openReceiverAt(() => 204, port);
    await eventually(
      () => receiver.received,
      ({ length }) => length === 1,
    );
    await eventually(
      () => linesOf(listener),
      ({ length }) => length === 2,
    );
    expect(linesOf(listener).map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 204],
      [1, 204],
    ]);
    await stop(listener);
    await removeInboxes();
  });

  it("goes on after a receiver that dies in the middle of an answer", async () => {
    await using receiver = await openReceiverAt(({ count }) => (count === 1 ? "reset" : 204));
    const listener = start(receiver.url, "--type", "cut.*", "--no-keep");
    await whenListening(listener);
    await postEvent(client, { type: "cut.off", payload: {} });
    const lines = await eventually(
      () => linesOf(listener),
      ({ length }) => length === 1,
    );
    expect(lines).toMatchObject([{ status: 204, attempt: 1 }]);
    expect(receiver.received).toHaveLength(2);
    await stop(listener);
  });

  it("ends with words at 410, and keeps the event", async () => {
    await using receiver = await openReceiverAt(() => 410);
    const listener = start(receiver.url, "--type", "gone.*");
    await whenListening(listener);
    await postEvent(client, { type: "gone.one", payload: {} });
    expect(await listener.exited).toEqual({ code: 1, signal: null });
    expect(listener.stderr()).toContain("410 Gone");
    const [inbox] = await inboxes();
    const [waiting] = await eventually(
      () => lease(client, { limit: 10 }, inbox?.id),
      ({ length }) => length === 1,
    );
    expect(waiting?.event.type).toBe("gone.one");
    await removeInboxes();
  });

  it("uses an inbox that somebody else made as it is, and refuses to change it", async () => {
    const made = { name: "audit", channel: "inbox", filter: { type: ["audit.done"] } };
    expectStatus(await client.send("POST", "/v1/subscriptions", { body: made }), 201);
    await using receiver = await openReceiverAt();
    const refused = await run("--forward", receiver.url, "--name", "audit", "--type", "order.*");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("audit was not made by") });
    const listener = start(receiver.url, "--name", "audit");
    await whenListening(listener);
    const { event_id } = await postEvent(client, { type: "audit.done", payload: {} });
    await eventually(
      () => receiver.ids(),
      (ids) => ids.includes(event_id),
    );
    expect(await stop(listener)).toContain("The inbox audit is as it was.");
    const { data } = expectStatus(
      await client.send<{ data: readonly { name: string; filter: unknown }[] }>("GET", "/v1/subscriptions"),
      200,
    );
    expect(data.find(({ name }) => name === "audit")?.filter).toEqual(made.filter);
  });

  it.each([
    [["--forward", "ftp://127.0.0.1/"], 1, "must be an http or https URL"],
    [["--forward", "http://127.0.0.1:1/", "--type", "a", "--filter", '{"type":["b"]}'], 1, "--type"],
    [["--forward", "http://127.0.0.1:1/", "--filter", "[1]"], 2, "JSON object"],
    [["--forward", "http://127.0.0.1:1/", "--since", "yesterday"], 2, "earliest"],
    [
      ["--forward", "http://127.0.0.1:1/", "--filter", '{"payload":{"a":[{"nope":1}]}}'],
      1,
      "/filter/payload/a",
    ],
    [[], 1, "--forward http://127.0.0.1:9000/hook"],
  ])("refuses %j with words", async (args, code, words) => {
    const refused = await run(...args);
    expect(refused).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(words) });
    expect(refused.stderr).not.toMatch(/\n\s+at /);
  });

  async function removeInboxes(): Promise<void> {
    for (const { id } of await inboxes())
      expectStatus(await client.send("DELETE", `/v1/subscriptions/${id}`), 204);
  }
});

/** The headers that do not differ by their nature. */
function comparable(request: Received | undefined): Readonly<Record<string, unknown>> {
  const { host, ...headers } = request?.headers ?? {};
  return {
    ...headers,
    "webhook-id": typeof headers["webhook-id"],
    "webhook-timestamp": /^\d{10}$/.test(String(headers["webhook-timestamp"])),
    "webhook-signature": /^v1,[\w+/=]{44}$/.test(String(headers["webhook-signature"])),
  };
}

function shown({ state, attempt }: DeliveryView): Pick<DeliveryView, "state" | "attempt"> {
  return { state, attempt };
}
