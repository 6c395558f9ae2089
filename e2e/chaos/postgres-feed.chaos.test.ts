import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { timeOfId } from "../../packages/server/src/domain/ids.ts";
import { openClient } from "../../packages/server/src/store/postgres/testing/open-client.ts";
import { expectStatus, lease } from "../harness/calls.ts";
import type { Client, EventView, Page } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { openStream } from "../harness/open-stream.ts";
import { chooseSeed, makeRandom, type Random } from "../harness/random.ts";
import type { SubscriptionView } from "../harness/webhooks.ts";
import { makeLedger } from "./ledger.ts";
import type { Plant } from "./plant.ts";
import { openLoadedFleet } from "./postgres/load-fleet.ts";
import { type DurablePostgres, openDurablePostgres } from "./postgres/open-durable-postgres.ts";
import { type Fleet, openFleet } from "./postgres/open-fleet.ts";
import { produce } from "./produce.ts";

const NODES = 4;
const WRITERS = 8;
const HOLDERS = 3;
const LOAD_MS = Number(process.env.CHAOS_SECONDS ?? 8) * 1_000;
/** The longest that somebody else's transaction is open; the feed stands still behind it. */
const MOST_HELD_MS = 1_500;
const CATCH_UP_MS = 60_000;
const NEW_INBOX = "new";
/** Beyond the time from which every node matches by the new subscription. */
const HELD_LONGER_MS = 3_000;

describe("The feed under eight writers at four nodes and transactions of others", () => {
  it("has no gap: whoever walks it oldest first, or reads its stream and resumes, sees every event, in one order", async () => {
    const random = makeRandom(chooseSeed("postgres feed"));
    await using postgres = await openDurablePostgres();
    await using fleet = await openFleet({ urls: Array.from({ length: NODES }, () => postgres.url) });
    const ledger = makeLedger();
    const fork = () => makeRandom(random.whole(0, 2 ** 31));
    const streams = await Promise.all(fleet.plants.map((plant) => follow(plant, fork())));
    const writing = Promise.all(
      Array.from({ length: WRITERS }, (_, index) => produce(nodeOf(fleet, index), ledger, fork())),
    );
    const holding = Promise.all(
      Array.from({ length: HOLDERS }, () => holdTransactions(postgres, fleet, fork())),
    );
    const walks = fleet.plants.map((_, index) => walk(fleet, index));

    await delay(LOAD_MS);
    fleet.endLoad();
    await writing;
    const held = (await holding).reduce((sum, count) => sum + count, 0);
    const ids = new Set(ledger.accepted.keys());
    for (const reader of [...walks, ...streams])
      await eventually(
        () => ids.difference(new Set(reader.seen)).size,
        (missing) => missing === 0,
        CATCH_UP_MS,
      );
    const readers = await Promise.all([...walks, ...streams].map((reader) => reader.end()));

    console.log({
      accepted: ids.size,
      transactionsHeld: held,
      reconnects: readers.map(({ turns }) => turns),
    });
    const [first] = readers;
    for (const reader of readers) expect(reader.order).toEqual(first?.order);
    expect(new Set(first?.order).size).toBe(ids.size);
    expect(ids.size).toBeGreaterThan(WRITERS);
    expect(held).toBeGreaterThan(HOLDERS);
    expect(fleet.watch.faults).toEqual([]);
    expect(ledger.faults).toEqual([]);
  });
});

describe("A subscription that is made while a transaction of others is open for long", () => {
  it("misses nothing that any node accepts after its answer, though the feed shows it only when every node knows it", async () => {
    await using postgres = await openDurablePostgres();
    await using scene = await openLoadedFleet(postgres, "held-up back-fill", { producers: 2, consumers: 0 });
    const { fleet, ledger, load } = scene;
    const foreign = await openClient(postgres.url);
    await foreign.query("BEGIN; SELECT pg_current_xact_id()");
    const body = { channel: "inbox", name: NEW_INBOX };
    const { client } = nodeOf(fleet, 0);
    const answer = await client.send<SubscriptionView>("POST", "/v1/subscriptions", { body });
    const { id, effective_at } = expectStatus(answer, 201);
    const answeredAt = Date.now();
    await delay(Date.parse(effective_at) - Date.now() + HELD_LONGER_MS);
    await foreign.query("COMMIT");
    await foreign.end();
    fleet.endLoad();
    await load;

    const isCatchingUp = async () =>
      expectStatus(await client.send<{ catching_up: boolean }>("GET", `/v1/subscriptions/${id}`), 200)
        .catching_up;
    await eventually(isCatchingUp, (isBehind) => !isBehind, CATCH_UP_MS);
    const given = new Set<string>();
    for (let leased = await leaseAll(client); leased.length > 0; leased = await leaseAll(client))
      for (const { event } of leased) given.add(event.id);
    const wanted = [...ledger.accepted.keys()].filter((one) => timeOfId(one) > answeredAt);
    const early = wanted.filter((one) => timeOfId(one) < Date.parse(effective_at));
    console.log({ wanted: wanted.length, early: early.length, given: given.size });
    expect(wanted.filter((one) => !given.has(one)).slice(0, 20)).toEqual([]);
    expect(early.length).toBeGreaterThan(10);
    expect(fleet.watch.faults).toEqual([]);
    expect(ledger.faults).toEqual([]);
  });
});

const leaseAll = (client: Client) => lease(client, { limit: 1_000 }, NEW_INBOX);

function nodeOf({ plants }: Fleet, index: number): Plant {
  const plant = plants[index % plants.length];
  if (plant === undefined) throw new Error("There is no node.");
  return plant;
}

/** Transactions of somebody else, some of which write and some are undone; gives how many there were. */
async function holdTransactions({ url }: DurablePostgres, fleet: Fleet, random: Random): Promise<number> {
  const connection = await openClient(url);
  await connection.query("CREATE TABLE IF NOT EXISTS foreign_rows (n int)").catch(() => undefined);
  let count = 0;
  while (!nodeOf(fleet, 0).isOver) {
    await connection.query("BEGIN");
    await connection.query(
      random.chance(0.5) ? "INSERT INTO foreign_rows VALUES (1)" : "SELECT pg_current_xact_id()",
    );
    await delay(random.whole(1, MOST_HELD_MS));
    await connection.query(random.chance(0.3) ? "ROLLBACK" : "COMMIT");
    count += 1;
    await delay(random.whole(0, 100));
  }
  await connection.end();
  return count;
}

/** Somebody who reads the feed while it grows. */
interface Reader {
  /** Ids as they came. */
  readonly seen: readonly string[];
  /** Each id once, at its first coming; `turns`: how often it began again where it was. */
  end(): Promise<{ readonly order: readonly string[]; readonly turns: number }>;
}

/** Follows `next_cursor`, at one node after the other, and never goes back. */
function walk(fleet: Fleet, from: number): Reader {
  const seen: string[] = [];
  let isOver = false;
  let turns = 0;
  const walking = (async () => {
    let cursor = "";
    while (!isOver) {
      const { client } = nodeOf(fleet, from + turns++);
      const path = `/v1/events?order=oldest&limit=100${cursor}`;
      const { data, next_cursor } = expectStatus(await client.send<Page<EventView>>("GET", path), 200);
      seen.push(...data.map(({ id }) => id));
      if (next_cursor !== null) cursor = `&cursor=${next_cursor}`;
      if (data.length === 0) await delay(20);
    }
  })();
  return {
    seen,
    async end() {
      isOver = true;
      await walking;
      return { order: [...new Set(seen)], turns };
    },
  };
}

/** Reads the stream of one node from now on, hangs up at random and resumes behind the last that it saw. */
async function follow({ program: { url, key } }: Plant, random: Random): Promise<Reader> {
  const seen: string[] = [];
  const over = Promise.withResolvers<void>();
  let isOver = false;
  let turns = 0;
  let last: string | null = null;
  const open = () =>
    openStream({
      ...{ url, key, lastEventId: last },
      onEvent({ position, event }) {
        last = position;
        seen.push(event.id);
      },
    });
  let stream = await open();
  const following = (async () => {
    while (!isOver) {
      await Promise.race([delay(random.whole(200, 3_000)), stream.ended, over.promise]);
      // Before the first event there is no place to resume from.
      if (last === null) continue;
      stream.close();
      stream = await open();
      turns += 1;
    }
    stream.close();
  })();
  return {
    seen,
    async end() {
      isOver = true;
      over.resolve();
      await following;
      return { order: [...new Set(seen)], turns };
    },
  };
}
