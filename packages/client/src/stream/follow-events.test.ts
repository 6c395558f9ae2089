import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StreamedEvent, TriggersError } from "../index.ts";
import { openServer, type TestServer } from "../testing/open-server.ts";
import { makeGate } from "../testing/wait.ts";

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

type Breaking = typeof globalThis.fetch & { breakStream(): void };

/** A fetch whose streams can be broken; `opened` is called as each has begun. */
function makeBreaking(opened: () => void): Breaking {
  let controller = new AbortController();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (!String(input).includes("/stream")) return globalThis.fetch(input, init);
    controller = new AbortController();
    const own = controller;
    init?.signal?.addEventListener("abort", () => own.abort());
    const response = await globalThis.fetch(input, { ...init, signal: own.signal });
    opened();
    return response;
  };
  return Object.assign(fetch, { breakStream: () => controller.abort() });
}

describe("A stream", () => {
  it("begins however long one is willing to wait for it", async () => {
    const open = makeGate();
    const errors: TriggersError[] = [];
    const fetch = makeBreaking(open.open);
    const client = await server.emptyProject({ fetch, attemptTimeoutMs: Number.POSITIVE_INFINITY });
    const following = (async () => {
      for await (const { event } of client.events.stream({ onRetry: (error) => errors.push(error) }))
        return event.id;
      return "ended";
    })();
    await open.opened;
    const { event_id: id } = await client.events.send({ payload: {} });
    expect(await following).toBe(id);
    expect(errors).toEqual([]);
  });

  it("tells where it stands before an event comes, and goes on from there", async () => {
    const client = await server.emptyProject();
    const ending = new AbortController();
    const start = await new Promise<string>((resolve) => {
      const following = client.events.stream({ signal: ending.signal, onPosition: resolve });
      void following[Symbol.asyncIterator]().next();
    });
    ending.abort();
    const { event_id: id } = await client.events.send({ payload: {} });
    for await (const { event } of client.events.stream({ position: start })) {
      expect(event.id).toBe(id);
      break;
    }
  });

  it("brings events as they are accepted, and goes on after a break without a gap", async () => {
    const open = makeGate();
    const fetch = makeBreaking(open.open);
    const client = await server.emptyProject({ fetch, firstRetryMs: 1 });
    const breaks: TriggersError[] = [];
    const seen: StreamedEvent[] = [];
    const ids: string[] = [];
    const send = async (type: string): Promise<void> => {
      ids.push((await client.events.send({ type, payloadText: '{"n":\n9007199254740993}' })).event_id);
    };
    const following = (async () => {
      const options = { type: "a.*", onRetry: (error: TriggersError) => breaks.push(error) };
      for await (const streamed of client.events.stream(options)) {
        if (seen.push(streamed) === 1) {
          fetch.breakStream();
          await send("a.second");
          await client.events.send({ type: "b.other", payload: {} });
          await send("a.third");
        }
        if (seen.length === 3) return;
      }
    })();
    await open.opened;
    await send("a.first");
    await following;
    expect(seen.map(({ event }) => event.id)).toEqual(ids);
    expect(seen[0]?.event.payloadText).toBe('{"n": 9007199254740993}');
    expect(breaks.map(({ code }) => code)).toEqual(["connection_failed"]);
    const [first] = seen;
    if (first === undefined) throw new Error("There was none.");
    let next = "";
    for await (const { event } of client.events.stream({ position: first.position })) {
      next = event.id;
      break;
    }
    expect(next).toBe(ids[1]);
  });

  it("ends when its signal does, also while nothing comes", async () => {
    const open = makeGate();
    const client = await server.emptyProject({ fetch: makeBreaking(open.open) });
    const controller = new AbortController();
    const following = (async () => {
      for await (const _ of client.events.stream({ signal: controller.signal })) return "an event";
      return "ended";
    })();
    await open.opened;
    controller.abort();
    expect(await following).toBe("ended");
    for await (const _ of client.events.stream({ signal: controller.signal })) throw new Error("It goes on.");
  });

  it("throws what the server refuses it with", async () => {
    const client = server.client({ firstRetryMs: 1 });
    const first = async (options: object): Promise<unknown> => {
      for await (const streamed of client.events.stream(options)) return streamed;
      return null;
    };
    await expect(first({ position: "nonsense" })).rejects.toMatchObject({
      code: "invalid_cursor",
      status: 400,
    });
    await expect(first({ after: "nonsense" })).rejects.toMatchObject({ code: "invalid_query" });
  });
});
