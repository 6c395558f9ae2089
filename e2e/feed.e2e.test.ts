import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, postEvent } from "./harness/calls.ts";
import { type BatchAnswer, type Client, connect, type EventView, type Page } from "./harness/client.ts";
import { type OpenStream, openStream } from "./harness/open-stream.ts";
import { chooseSeed, makeRandom, type Random } from "./harness/random.ts";
import { type Program, startProgram } from "./harness/start-program.ts";

const RUNS = 50;
const STREAM_MS = 10_000;

/** Per producer, per post in its order: the ids that were answered. The items of one batch are concurrent to each other. */
type Posted = readonly (readonly (readonly string[])[])[];

describe("The feed, while events are posted", () => {
  let program: Program;
  let client: Client;
  const seed = chooseSeed("feed");

  beforeAll(async () => {
    program = await startProgram({ env: { TRIGGERS_RATE_LIMIT: "0" } });
    client = connect(program, program.key);
  });
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
  });

  it.each(Array.from({ length: RUNS }, (_, index) => seed + index))(
    "has no gap for a walker by cursors and a stream that reconnects at random (seed %i)",
    async (runSeed) => {
      const random = makeRandom(runSeed);
      const start = await feedEnd(client);
      const isDone = { yes: false };
      const stream = await followStream(program, makeRandom(random.whole(0, 2 ** 31)));
      const walking = walk(client, makeRandom(random.whole(0, 2 ** 31)), { start, isDone });
      const posted = await postAll(client, random);
      isDone.yes = true;

      const wanted = posted.flat(2);
      const walked = await walking;
      expect(new Set(walked)).toEqual(new Set(wanted));
      expect(walked.length).toBe(wanted.length);
      expectInOrder(walked, posted);

      const streamed = await stream.until(wanted);
      expect(new Set(streamed)).toEqual(new Set(wanted));
      expectInOrder([...new Set(streamed)], posted);
    },
  );
});

/** Every event stands behind those that its producer was answered before. */
function expectInOrder(seen: readonly string[], posted: Posted): void {
  const places = new Map(seen.map((id, place) => [id, place]));
  for (const posts of posted) {
    let last = -1;
    for (const ids of posts) {
      const of = ids.map((id) => places.get(id) ?? Number.NaN);
      expect(Math.min(...of)).toBeGreaterThan(last);
      last = Math.max(...of);
    }
  }
}

/** Several producers at once; each posts the next when the one before is answered. */
function postAll(client: Client, random: Random): Promise<Posted> {
  const producers = Array.from({ length: random.whole(2, 8) }, () => makeRandom(random.whole(0, 2 ** 31)));
  return Promise.all(producers.map((own) => post(client, own)));
}

async function post(client: Client, random: Random): Promise<readonly (readonly string[])[]> {
  const posts: (readonly string[])[] = [];
  for (let left = random.whole(3, 15); left > 0; left -= 1) {
    if (random.chance(0.2)) posts.push(await postBatch(client, random.whole(1, 12)));
    else posts.push([(await postEvent(client, makeEvent(random))).event_id]);
  }
  return posts;
}

/** Of every kind that takes a way of its own to the store. */
function makeEvent(random: Random): Record<string, unknown> {
  const payload = { text: "x".repeat(random.whole(0, 300)) };
  return random.chance(0.3) ? { payload, ordering_key: `key-${random.whole(1, 3)}` } : { payload };
}

async function postBatch(client: Client, count: number): Promise<readonly string[]> {
  const events = Array.from({ length: count }, (_, index) => ({ payload: { index } }));
  const answer = await client.send<BatchAnswer>("POST", "/v1/events/batch", { body: { events } });
  return expectStatus(answer, 200).results.map(({ event_id }) => event_id);
}

async function feedEnd(client: Client): Promise<string> {
  let cursor = "";
  for (;;) {
    const page = await feedPage(client, cursor, 1_000);
    if (page.data.length === 0) return page.next_cursor ?? "";
    cursor = page.next_cursor ?? "";
  }
}

async function feedPage(client: Client, cursor: string, limit: number): Promise<Page<EventView>> {
  const from = cursor === "" ? "" : `&cursor=${cursor}`;
  const answer = await client.send<Page<EventView>>("GET", `/v1/events?order=oldest&limit=${limit}${from}`);
  const page = expectStatus(answer, 200);
  if (page.next_cursor === null) throw new Error("The feed gave no next_cursor.");
  return page;
}

/** Goes on until a page that was asked for after the last answer to a post is empty. */
async function walk(
  client: Client,
  random: Random,
  { start, isDone }: { start: string; isDone: { yes: boolean } },
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let cursor = start; ; ) {
    const isLast = isDone.yes;
    const { data, next_cursor } = await feedPage(client, cursor, random.whole(1, 25));
    ids.push(...data.map(({ id }) => id));
    if (data.length === 0 && isLast) return ids;
    cursor = next_cursor ?? "";
  }
}

/** Reads the stream from now on, breaking off after a few events and resuming where it was. */
async function followStream(program: Program, random: Random) {
  const ids: string[] = [];
  let position: string | null = null;
  let left = random.whole(1, 20);
  let isOver = false;
  let changed = () => {};
  let stream: OpenStream;
  const open = async (): Promise<void> => {
    stream = await openStream({
      ...{ url: program.url, key: program.key, lastEventId: position },
      onEvent: (streamed) => {
        ids.push(streamed.event.id);
        position = streamed.position;
        left -= 1;
        if (left === 0) stream.close();
        changed();
      },
    });
    expect(stream.status).toBe(200);
    void stream.ended.then(() => {
      left = random.whole(1, 20);
      if (!isOver) return open();
      return undefined;
    });
  };
  await open();
  return {
    /** What came by when all of these had come, or too much time had gone by. */
    async until(wanted: readonly string[]): Promise<readonly string[]> {
      const missing = new Set(wanted);
      const deadline = AbortSignal.timeout(STREAM_MS);
      await new Promise<void>((resolve) => {
        changed = () => {
          for (const id of ids) missing.delete(id);
          if (missing.size === 0) resolve();
        };
        deadline.addEventListener("abort", () => resolve());
        changed();
      });
      isOver = true;
      stream.close();
      await stream.ended;
      return ids;
    },
  };
}
