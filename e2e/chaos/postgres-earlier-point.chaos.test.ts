import { describe, expect, it } from "vitest";
import type { Accepted, EventView, Page } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { openStream } from "../harness/open-stream.ts";
import type { Plant } from "./plant.ts";
import { type DurablePostgres, openDurablePostgres } from "./postgres/open-durable-postgres.ts";
import { type Fleet, openFleet } from "./postgres/open-fleet.ts";

const NODES = 2;
/** One after the other: each is a transaction of its own. */
const LOST = 300;
const AFTER = 200;
const CATCH_UP_MS = 30_000;

describe("A PostgreSQL that goes on from an earlier point under running nodes", () => {
  it("hides nothing that is accepted from then on: not from who walks on with a cursor, nor from who stays on a stream, nor in a lost subscription", async () => {
    await using postgres = await openDurablePostgres();
    await using fleet = await openFleet({ urls: Array.from({ length: NODES }, () => postgres.url) });
    const walk = walkFeed(nodeOf(fleet, 0));
    using stream = followStream(nodeOf(fleet, 1));
    const kept = await postMany(fleet, 20);
    await postgres.stop();
    await postgres.keepCopy();
    await postgres.start();

    const inbox = { channel: "inbox", name: "lost", filter: { type: ["order.created"] } };
    await insist(nodeOf(fleet, 0), "/v1/subscriptions", inbox);
    const lost = await postMany(fleet, LOST);
    await walk.until([...kept, ...lost]);
    await stream.until(lost);
    const transactions = await countTransactions(postgres);
    await postgres.stop();
    await postgres.goBack();
    await postgres.start();

    // Else readers could not have passed by what comes now.
    const before = await countTransactions(postgres);
    const after = await postMany(fleet, AFTER);
    console.log({ lost: transactions - before, after: (await countTransactions(postgres)) - before });
    expect(transactions - before).toBeGreaterThan(LOST);
    expect((await countTransactions(postgres)) - before).toBeGreaterThan(AFTER);
    await walk.until(after);
    await stream.until(after);
    const waiting = await readInbox(nodeOf(fleet, 0));
    expect(new Set(waiting)).toEqual(new Set([...kept, ...after]));
    expect(fleet.watch.faults).toEqual([]);
  });
});

function nodeOf({ plants }: Fleet, index: number): Plant {
  const plant = plants[index % plants.length];
  if (plant === undefined) throw new Error("There is no node.");
  return plant;
}

async function countTransactions(postgres: DurablePostgres): Promise<number> {
  const [row] = await postgres.ask<{ next: string }>(
    "SELECT pg_snapshot_xmax(pg_current_snapshot()) AS next",
  );
  return Number(row?.next);
}

async function insist<T>(plant: Plant, path: string, body?: object): Promise<T> {
  const answer = await (body === undefined
    ? plant.insist<T>("GET", path)
    : plant.insist<T>("POST", path, { body }));
  if (answer === null || answer.status >= 300) throw new Error(`${path}: ${answer?.status} ${answer?.bytes}`);
  return answer.json;
}

/** At one node after the other; gives their ids. */
async function postMany(fleet: Fleet, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const event = { type: "order.created", payload: { n } };
    const { event_id } = await insist<Accepted>(nodeOf(fleet, n), "/v1/events", event);
    ids.push(event_id);
  }
  return ids;
}

async function readInbox(plant: Plant): Promise<readonly string[]> {
  const page = await insist<Page<{ readonly event: EventView }>>(plant, "/v1/inbox?limit=1000");
  return page.data.map(({ event }) => event.id);
}

/** Somebody who never goes back. */
interface Reader {
  until(ids: readonly string[]): Promise<void>;
}

function walkFeed(plant: Plant): Reader {
  const seen = new Set<string>();
  let cursor = "";
  const readOn = async () => {
    const path = `/v1/events?order=oldest&limit=100${cursor}`;
    const { data, next_cursor } = await insist<Page<EventView>>(plant, path);
    for (const { id } of data) seen.add(id);
    cursor = `&cursor=${next_cursor}`;
  };
  return { until: (ids) => whenSeen(seen, ids, readOn) };
}

/** From now on, and again from the last position whenever the stream ends. */
function followStream({ program: { url, key } }: Plant): Reader & Disposable {
  const seen = new Set<string>();
  let isOver = false;
  let close = () => {};
  let lastEventId: string | null = null;
  const follow = async () => {
    while (!isOver) {
      const stream = await openStream({
        ...{ url, key, lastEventId },
        onEvent({ position, event }) {
          lastEventId = position;
          seen.add(event.id);
        },
      });
      close = () => stream.close();
      await stream.ended;
    }
  };
  const following = follow();
  return {
    until: (ids) => Promise.race([whenSeen(seen, ids), following.then(() => {})]),
    [Symbol.dispose]() {
      isOver = true;
      close();
    },
  };
}

async function whenSeen(
  seen: ReadonlySet<string>,
  ids: readonly string[],
  readOn: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const missing = async () => {
    await readOn();
    return ids.filter((id) => !seen.has(id)).length;
  };
  await eventually(missing, (count) => count === 0, CATCH_UP_MS);
}
