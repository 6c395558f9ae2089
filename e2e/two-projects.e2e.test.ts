import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { expectStatus, postEvent } from "./harness/calls.ts";
import type { Answer, Client, Problem } from "./harness/client.ts";
import { type OpenStream, openStream, type StreamedEvent } from "./harness/open-stream.ts";
import { type Program, startProgram } from "./harness/start-program.ts";
import { type Inhabitant, lookAround, settleIn } from "./two-projects/inhabitant.ts";
import { type Call, OPERATIONS, type Row } from "./two-projects/operations.ts";

const OPERATOR_KEY = "operator-key-of-the-two-projects-test";

interface Published {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId?: string }>>>>;
}

describe("Two projects on one server", () => {
  let program: Program;
  let ours: Inhabitant;
  let theirs: Inhabitant;

  beforeAll(async () => {
    program = await startProgram({ env: { TRIGGERS_OPERATOR_KEY: OPERATOR_KEY } });
    ours = await settleIn(program, "ours", OPERATOR_KEY);
    theirs = await settleIn(program, "theirs", OPERATOR_KEY);
    await vi.waitUntil(() => isDone(theirs), { timeout: 10_000 });
  });
  afterAll(async () => {
    for (const one of [ours, theirs]) one?.client[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
  });

  it("have a row for every operation that is published, and no other", async () => {
    const { paths } = expectStatus(await ours.client.send<Published>("GET", "/openapi.json"), 200);
    const operations = Object.values(paths).flatMap((path) =>
      Object.values(path).map((one) => one.operationId),
    );
    expect(operations.filter((id) => id !== undefined).sort()).toEqual(Object.keys(OPERATIONS).sort());
  });

  it.each(rowsOf("foreign"))("%s answers for the other's as for what is not there", async (_, row) => {
    const before = await lookAround(theirs);
    const taken = await call(ours.client, row.call(theirs, ours));
    const unknown = await call(ours.client, row.call(null, ours));
    expect([taken.status, taken.bytes.toString()]).toEqual([row.status, expect.any(String)]);
    expect(comparable(taken)).toEqual(comparable(unknown));
    expect(theirs.marks.filter((mark) => taken.bytes.includes(mark))).toEqual([]);
    expect(await lookAround(theirs)).toEqual(before);
  });

  it.each(rowsOf("list"))("%s shows nothing of the other", async (_, { path }) => {
    const answer = await call(ours.client, { method: "GET", path });
    expectStatus(answer, 200);
    expect(ours.marks.some((mark) => answer.bytes.includes(mark))).toBe(true);
    expect(theirs.marks.filter((mark) => answer.bytes.includes(mark))).toEqual([]);
  });

  it("refuse each other's cursors", async () => {
    const path = `/v1/events?limit=1&cursor=${theirs.cursor}`;
    expectStatus(await theirs.client.send("GET", path), 200);
    const answer = await ours.client.send<Problem>("GET", path);
    expect(expectStatus(answer, 400).code).toBe("invalid_cursor");
  });

  it("see their own events alone in the stream, and cannot resume it where the other was", async () => {
    const seen = { ours: [] as StreamedEvent[], theirs: [] as StreamedEvent[] };
    const streams = await Promise.all([
      follow(program, ours, (one) => seen.ours.push(one)),
      follow(program, theirs, (one) => seen.theirs.push(one)),
    ]);
    const [foreign, own] = await Promise.all(
      [theirs, ours].map(({ client }) => postEvent(client, { payload: {} })),
    );
    await vi.waitUntil(() => seen.ours.length > 0 && seen.theirs.length > 0);
    expect(seen.ours.map(({ event }) => event.id)).toEqual([own?.event_id]);
    expect(seen.theirs.map(({ event }) => event.id)).toEqual([foreign?.event_id]);
    for (const stream of streams) stream.close();
    const headers = { "last-event-id": seen.theirs[0]?.position ?? "" };
    const answer = await ours.client.send<Problem>("GET", "/v1/events/stream", { headers });
    expect(expectStatus(answer, 400).code).toBe("invalid_cursor");
  });

  it("have idempotency keys, names and webhooks of their own", async () => {
    const ids = await Promise.all(
      [ours, theirs].map(({ client }) => postEvent(client, { payload: { same: true } }, "the-same-key")),
    );
    expect(new Set(ids.map(({ event_id }) => event_id)).size).toBe(2);
    const wishes = [
      { name: "the-same-name", channel: "inbox" },
      {
        channel: "webhook",
        webhook: { url: "https://example.com/the-same" },
        filter: { type: ["no.such.type"] },
      },
    ];
    for (const body of wishes)
      for (const { client } of [ours, theirs])
        expectStatus(await client.send("POST", "/v1/subscriptions", { body }), 201);
  });
});

/** Its replay has come to its end, so that nothing of theirs changes by itself any more. */
async function isDone({ client, jobId }: Inhabitant): Promise<boolean> {
  const answer = await client.send<{ state: string }>("GET", `/v1/jobs/${jobId}`);
  return expectStatus(answer, 200).state === "done";
}

function follow(
  program: Program,
  { key }: Inhabitant,
  onEvent: (streamed: StreamedEvent) => void,
): Promise<OpenStream> {
  return openStream({ url: program.url, key, lastEventId: null, onEvent });
}

/** Each row of a kind with the name of its operation and, where there are several, its place. */
function rowsOf<K extends Row["kind"]>(kind: K): [string, Extract<Row, { kind: K }>][] {
  return Object.entries(OPERATIONS).flatMap(([id, rows]) =>
    rows.flatMap((row, index): [string, Extract<Row, { kind: K }>][] => {
      const title = rows.length === 1 ? id : `${id} (${index + 1})`;
      return row.kind === kind ? [[title, row as Extract<Row, { kind: K }>]] : [];
    }),
  );
}

function call(client: Client, { method, path, body }: Call): Promise<Answer> {
  return client.send(method, path, body === undefined ? {} : { body });
}

/** An answer without what differs between any two requests: their ids and times, and the caller's own ids sent back. */
function comparable({ status, headers, bytes }: Answer): unknown {
  const { "x-request-id": _, date: __, ratelimit: ___, "content-length": ____, ...rest } = headers;
  const text = bytes
    .toString()
    .replace(/"request_id":"[^"]*"/, "")
    .replace(/"delivery_id":"[^"]*"/, "");
  return { status, rest, text };
}
