import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openClient } from "../../packages/server/src/store/postgres/testing/open-client.ts";
import { expectStatus } from "../harness/calls.ts";
import type { Problem } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import type { Ledger } from "./ledger.ts";
import { expectBack, openLoadedFleet } from "./postgres/load-fleet.ts";
import { type DurablePostgres, openDurablePostgres } from "./postgres/open-durable-postgres.ts";
import type { Fleet } from "./postgres/open-fleet.ts";
import { post, probeDuring, whenReadiness, whenServing } from "./postgres/watch-nodes.ts";

const CALLERS = { producers: 1, consumers: 1 };
const MANY_CALLERS = { producers: 8, consumers: 8 };
const MAX_CONNECTIONS = 40;
/** A node takes up to eleven. */
const FEW_CONNECTIONS = 18;
/** The server keeps these for superusers. */
const RESERVED = 3;
const TURN_MS = 10_000;
const BACK_MS = 5_000;
/** An answer comes within 2 s; the rest is for this machine, on which everything else runs too. */
const ANSWER_MS = 2_500;
const LASTS_MS = 3_000;

describe("A database that has no connection left", () => {
  it("makes the nodes refuse with 503, never 500, until there is one again; a node that has its connections goes on", async () => {
    await using postgres = await openDurablePostgres({ settings: { max_connections: `${MAX_CONNECTIONS}` } });
    await using scene = await openLoadedFleet(postgres, "no connection left", CALLERS);
    const { fleet, ledger } = scene;
    await using others = takeConnections(postgres.url);
    await others.whenFull();
    expect(await whenServing(fleet, ledger, BACK_MS)).toBeLessThan(BACK_MS);
    // Whatever a node gives back now somebody else has before it.
    const { statuses, slowestMs } = await probeDuring(fleet, ledger, async () => {
      await eventually(
        async () => {
          await postgres.endConnections();
          await others.whenFull();
          return others.count();
        },
        (count) => count === MAX_CONNECTIONS - RESERVED,
      );
      await whenReadiness(fleet, 503, TURN_MS);
      await delay(LASTS_MS);
      await expectRefusal(fleet);
    });
    expect(statuses).toContain(503);
    expect([...statuses].filter((status) => status !== 201 && status !== 503)).toEqual([]);
    expect(slowestMs).toBeLessThan(ANSWER_MS);
    await others.release();
    await expectBack(scene);
  });
});

describe("A database with fewer connections than two nodes would take", () => {
  it("has them told the truth: what finds none is refused with 503, never 500, a node that accepts nothing is not ready, and nothing is lost", async () => {
    await using postgres = await openDurablePostgres({ settings: { max_connections: `${FEW_CONNECTIONS}` } });
    await using scene = await openLoadedFleet(postgres, "few connections", MANY_CALLERS);
    const { fleet, ledger, load } = scene;
    await ledger.whenAccepted(500);
    await whenTaken(postgres);
    await expectTruth(fleet, ledger);
    fleet.endLoad();
    await load;
    await expectBack(scene);
  });
});

describe("A database that only reads", () => {
  it("makes the nodes refuse what writes with 503, answer what reads, and go on by themselves when it writes again", async () => {
    await using postgres = await openDurablePostgres();
    await using scene = await openLoadedFleet(postgres, "read-only", CALLERS);
    const { fleet, ledger } = scene;
    await ledger.whenAccepted(200);
    const { statuses, slowestMs } = await probeDuring(fleet, ledger, async () => {
      await setReadOnly(postgres, "on");
      await whenReadiness(fleet, 503, TURN_MS);
      await delay(LASTS_MS);
      await expectRefusal(fleet);
      for (const { client } of fleet.plants) {
        expectStatus(await client.send("GET", "/v1/events?limit=5"), 200);
        expectStatus(await client.send("GET", "/v1/inbox"), 200);
      }
    });
    expect(statuses).toContain(503);
    expect(slowestMs).toBeLessThan(ANSWER_MS);
    await setReadOnly(postgres, "off");
    await expectBack(scene);
  });
});

/** Resolves when every connection is taken: else the limit was never met. */
async function whenTaken(postgres: DurablePostgres): Promise<void> {
  await eventually(
    async () => {
      const [row] = await postgres.ask<{ count: string }>(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'nodes'",
      );
      return Number(row?.count);
    },
    (count) => count === FEW_CONNECTIONS - RESERVED,
  );
}

/** A node says that it is ready as long as it accepts, and only then. */
async function expectTruth({ plants }: Fleet, ledger: Ledger): Promise<void> {
  for (const plant of plants)
    await eventually(
      async () => ({
        ready: (await plant.client.send("GET", "/readyz")).status,
        posted: await post(plant, ledger),
      }),
      ({ ready, posted }) => (ready === 200) === (posted === 201),
      TURN_MS,
    );
}

async function setReadOnly(postgres: DurablePostgres, value: "on" | "off"): Promise<void> {
  await postgres.ask(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
  await postgres.ask("SELECT pg_reload_conf()");
}

/** A refusal says what to do, and nothing of the database. */
async function expectRefusal({ plants }: Fleet): Promise<void> {
  for (const { client } of plants) {
    const answer = await client.send<Problem>("POST", "/v1/events", { body: { payload: {} } });
    const { code, detail } = expectStatus(answer, 503);
    expect(code).toBe("storage_unavailable");
    expect(detail).toMatch(/send the same again/);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
  }
}

/** Somebody else who takes every connection that is to be had, also those that become free. */
function takeConnections(url: string) {
  const held = new Set<Awaited<ReturnType<typeof openClient>>>();
  let isOver = false;
  let refused = Promise.withResolvers<void>();
  const taking = (async () => {
    while (!isOver) {
      try {
        const client = await openClient(url);
        held.add(client);
        client.on("end", () => held.delete(client));
      } catch {
        refused.resolve();
        await delay(1);
      }
    }
  })();
  const release = async () => {
    isOver = true;
    await taking;
    await Promise.all([...held].map((client) => client.end()));
  };
  return {
    count: () => held.size,
    whenFull() {
      refused = Promise.withResolvers();
      return refused.promise;
    },
    release,
    [Symbol.asyncDispose]: release,
  };
}
