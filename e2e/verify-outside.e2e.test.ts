import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, it } from "vitest";
import { expectStatus, postEvent } from "./harness/calls.ts";
import { type Client, connect } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { type Hook, openHooks } from "./harness/open-hooks.ts";
import {
  countStates,
  readDeliveries,
  type SubscriptionView,
  startPushing,
  subscribe,
} from "./harness/webhooks.ts";

const LIBRARIES = { standardwebhooks: StandardWebhook, svix: SvixWebhook };
const FORMATS = ["event", "payload", "cloudevents"];
const RETRY = { schedule_seconds: [0, 0.2], max_attempts: 100 };

/** Texts that come out other than they went in wherever somebody parses and writes them anew. */
const PAYLOADS = [
  '{"n":12345678901234567890.0,"m":1E400}',
  '{ "b" : 1 ,\t"a":[ ],\n"1":-0 }',
  '{"text":"gr\\u00fc\\u00dfe \\ud83c\\udf89 grüße 🎉 \\/"}',
  `{"long":"${"ä".repeat(200_000)}"}`,
  "{}",
];

type Library = typeof StandardWebhook | typeof SvixWebhook;

/** An outside receiver: it takes what a library verifies with one of its secrets, and refuses all else. */
interface Verifier {
  secrets: readonly string[];
  /** What came, and the place of the secret that verified it; −1: none did. */
  readonly seen: { readonly hook: Hook; readonly by: number }[];
}

describe.each(Object.entries(LIBRARIES))("A receiver made with %s", (_name, Library) => {
  it("verifies every delivery of every format, and nothing that was changed on the way", async () => {
    const verifiers = new Map<string, Verifier>();
    await using hooks = await openVerifiers(verifiers, Library);
    await using program = await startPushing();
    using client = connect(program, program.key);
    const webhooks: SubscriptionView[] = [];
    for (const [index, format] of FORMATS.entries()) {
      // One is made by the server, the others are as short and as long as they may be.
      const given = [null, 24, 64][index] ?? null;
      const secret = given === null ? {} : { secret: `whsec_${randomBytes(given).toString("base64")}` };
      const webhook = await subscribe(client, `${hooks.url}/${format}`, { webhook: { format }, ...secret });
      if (given !== null) expect(webhook.secret).toBe(secret.secret);
      verifiers.set(`/${format}`, { secrets: [webhook.secret ?? ""], seen: [] });
      webhooks.push(webhook);
    }
    for (const payload of PAYLOADS)
      expectStatus(await client.send("POST", "/v1/events", { body: `{"payload":${payload}}` }), 201);
    for (const webhook of webhooks) await untilAcknowledged(client, webhook, PAYLOADS.length);

    const bodies = verifiers.get("/payload")?.seen.map(({ hook }) => hook.body.toString());
    expect(bodies?.toSorted()).toEqual(PAYLOADS.toSorted());
    for (const [path, { seen }] of verifiers) {
      expect(seen.map(({ by }) => by)).toEqual(PAYLOADS.map(() => 0));
      for (const { hook } of [...seen]) await expectRefusedIfChanged(`${hooks.url}${path}`, hook);
    }
  });

  it("goes on verifying while its secret is rotated, with the old one or the new", async () => {
    const keeping: Verifier = { secrets: [], seen: [] };
    const switching: Verifier = { secrets: [], seen: [] };
    const verifiers = new Map([
      ["/keeping", keeping],
      ["/switching", switching],
    ]);
    await using hooks = await openVerifiers(verifiers, Library);
    await using program = await startPushing();
    using client = connect(program, program.key);
    const make = (path: string) => subscribe(client, `${hooks.url}${path}`, { retry: RETRY });
    const [one, other] = [await make("/keeping"), await make("/switching")];
    const [old = "", others = ""] = [one.secret, other.secret];
    keeping.secrets = [old];
    switching.secrets = [others];
    const posting = { isOver: false, count: 0 };
    const posted = postUntil(client, posting);

    await seeMore(switching, 100);
    await rotate(client, one, 1);
    switching.secrets = [await rotate(client, other, 1), others];
    await Promise.all([seeMore(keeping, 200), seeMore(switching, 200)]);
    expect(keeping.seen.filter(({ by }) => by !== 0)).toEqual([]);
    const places = switching.seen.map(({ by }) => by);
    expect(places).not.toContain(-1);
    expect(places.slice(-50)).toEqual(Array.from({ length: 50 }, () => 0));

    // Without overlap the old one signs no more; what was refused comes again.
    const newest = await rotate(client, one, 0);
    switching.secrets = [await rotate(client, other, 0)];
    const refused = await eventually(
      () => keeping.seen.findIndex(({ by }) => by < 0),
      (index) => index >= 0,
    );
    await eventually(
      () => keeping.seen.length,
      (count) => count > refused + 50,
    );
    expect(new Set(keeping.seen.slice(refused).map(({ by }) => by))).toEqual(new Set([-1]));
    keeping.secrets = [newest];
    await seeMore(switching, 100);
    posting.isOver = true;
    await posted;
    for (const webhook of [one, other]) await untilAcknowledged(client, webhook, posting.count);
    expect(keeping.seen.at(-1)?.by).toBe(0);
  });
});

function openVerifiers(verifiers: ReadonlyMap<string, Verifier>, Library: Library) {
  return openHooks((hook) => {
    const verifier = verifiers.get(hook.path);
    if (verifier === undefined) return 404;
    const by = verifier.secrets.findIndex((secret) => verifies(Library, secret, hook));
    verifier.seen.push({ hook, by });
    return by < 0 ? 401 : 200;
  });
}

function verifies(Library: Library, secret: string, { body, headers }: Hook): boolean {
  try {
    new Library(secret).verify(body.toString(), headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

/** The same request again is taken, with one byte changed it is not. */
async function expectRefusedIfChanged(url: string, { headers, body }: Hook): Promise<void> {
  const signed = Object.entries(headers).filter(([name]) => /^(webhook-|content-type)/.test(name));
  const send = async (sent: string) => {
    const answer = await fetch(url, { method: "POST", headers: signed as [string, string][], body: sent });
    return answer.status;
  };
  expect([await send(body.toString()), await send(` ${body}`)]).toEqual([200, 401]);
}

/** One after the other, about 100 a second. */
async function postUntil(
  client: Client,
  posting: { readonly isOver: boolean; count: number },
): Promise<void> {
  for (; !posting.isOver; posting.count += 1) {
    await postEvent(client, { payload: { n: posting.count } });
    await delay(8);
  }
}

async function seeMore({ seen }: Verifier, more: number): Promise<void> {
  const wanted = seen.length + more;
  await eventually(
    () => seen.length,
    (count) => count >= wanted,
  );
}

/** Gives the new secret. */
async function rotate(client: Client, { id }: SubscriptionView, overlap_hours: number): Promise<string> {
  const path = `/v1/subscriptions/${id}`;
  const answer = await client.send<{ secret: string }>("POST", `${path}/rotate-secret`, {
    body: { overlap_hours },
  });
  const { secret } = expectStatus(answer, 200);
  const read = await client.send<{ secret: string }>("GET", `${path}/secret`);
  expect(expectStatus(read, 200).secret).toBe(secret);
  return secret;
}

async function untilAcknowledged(client: Client, webhook: SubscriptionView, count: number): Promise<void> {
  await eventually(
    async () => countStates(await readDeliveries(client, webhook)),
    ({ acknowledged }) => acknowledged === count,
  );
}
