import { describe, expect, it } from "vitest";
import openapi from "../../../docs/openapi.json" with { type: "json" };
import inbox from "../conformance/inbox.json" with { type: "json" };
import manage from "../conformance/manage.json" with { type: "json" };
import read from "../conformance/read.json" with { type: "json" };
import retries from "../conformance/retries.json" with { type: "json" };
import send from "../conformance/send.json" with { type: "json" };
import webhooks from "../conformance/verify-webhook.json" with { type: "json" };
import { Triggers, TriggersError, verifyWebhook } from "./index.ts";
import { CALLS } from "./testing/conformance-calls.ts";
import { type Exchange, playExchanges } from "./testing/play-exchanges.ts";

interface Case {
  readonly name: string;
  readonly operation?: string;
  readonly call: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly exchanges: readonly Exchange[];
  readonly result?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
  readonly least_ms?: number;
  readonly is_unordered?: boolean;
}

const cases = [send, retries, read, inbox, manage].flat() as unknown as readonly Case[];
const KEY = "key-of-the-cases";

async function run({ call, arguments: named }: Case, baseUrl: string): Promise<unknown> {
  const client = new Triggers({ baseUrl, apiKey: KEY, firstRetryMs: 2 });
  const made = CALLS[call];
  if (made === undefined) throw new Error(`There is no call ${call}.`);
  try {
    return inWordsOfCases(await made(client, named));
  } catch (error) {
    if (!(error instanceof TriggersError)) throw error;
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain(KEY);
    return { error: inWordsOfCases({ ...error, code: error.code }) };
  }
}

/** Names with underscores, as in the HTTP API. */
function inWordsOfCases(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inWordsOfCases);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const rename = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [rename(name), inWordsOfCases(one)]));
}

describe("The client conforms:", () => {
  it.each(cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const player = await playExchanges(one.exchanges, one.is_unordered === true);
    const began = performance.now();
    const outcome = await run(one, player.url).finally(() => player.close());
    expect(await player.differences()).toEqual([]);
    expect(performance.now() - began).toBeGreaterThan(one.least_ms ?? 0);
    if (one.error !== undefined) expect(outcome).toMatchObject({ error: one.error });
    else if (typeof one.result === "object" && one.result !== null) expect(outcome).toMatchObject(one.result);
    else expect(outcome ?? null).toEqual(one.result ?? null);
  });

  it("every operation of the API has a case", () => {
    const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
      path.startsWith("/v1/") ? Object.values(methods).map(({ operationId }) => operationId as string) : [],
    );
    const covered = new Set(cases.map(({ operation }) => operation));
    expect(operations.filter((id) => !covered.has(id))).toEqual([]);
    expect(operations.length).toBeGreaterThan(40);
  });

  it("every call that can be named is named", () => {
    const named = new Set(cases.map(({ call }) => call));
    expect(Object.keys(CALLS).filter((name) => !named.has(name))).toEqual([]);
  });
});

describe("The check of webhooks conforms:", () => {
  it.each(webhooks.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const terms = {
      secret: one.secrets,
      now: one.now * 1_000,
      ...(one.tolerance_seconds === undefined ? {} : { toleranceSeconds: one.tolerance_seconds }),
    };
    const outcome = await verifyWebhook(one.headers, one.body, terms).then(
      ({ text }) => text,
      (error: TriggersError) => ({ error: error.code }),
    );
    expect(outcome).toEqual(one.error === undefined ? one.body : { error: one.error });
  });
});
