import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, lease, postEvent, settle } from "../harness/calls.ts";
import { type BatchAnswer, type Client, connect, type EventView, type Page } from "../harness/client.ts";
import { readMemory } from "../harness/read-memory.ts";
import { type Program, startProgram } from "../harness/start-program.ts";

const BATCH = 1_000;
const BATCHES = Number(process.env.CHAOS_EVENTS ?? 1_000_000) / BATCH;
const AT_ONCE = 4;
const READY_MS = 5_000;
const BUSY_MEGABYTES = 512;

describe("With a million events waiting", () => {
  let program: Program;
  let client: Client;

  beforeAll(async () => {
    program = await startProgram({ env: { TRIGGERS_RATE_LIMIT: "0" } });
    client = connect(program, program.key);
    const began = performance.now();
    await fill(client);
    const { mostMegabytes } = await readMemory(program.pid);
    console.log(
      `filled in ${Math.round(performance.now() - began)} ms, ${Math.round(mostMegabytes)} MB at most`,
    );
  }, 240_000);
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
  });

  it("takes no more than 512 MB while they are sent", async () => {
    expect((await readMemory(program.pid)).mostMegabytes).toBeLessThan(BUSY_MEGABYTES);
  });

  it("is ready within 5 s after kill -9", async () => {
    await program.kill();
    const began = performance.now();
    await program.start();
    expectStatus(await client.send("GET", "/readyz"), 200);
    const readyMs = performance.now() - began;
    console.log(`ready after ${Math.round(readyMs)} ms`);
    expect(readyMs).toBeLessThan(READY_MS);
  });

  it("still takes, shows, leases and settles at once", async () => {
    const { event_id } = await postEvent(client, { payload: { late: true } });
    const newest = await client.send<Page<EventView>>("GET", "/v1/events?limit=1");
    expect(expectStatus(newest, 200).data[0]?.id).toBe(event_id);
    const began = performance.now();
    const leased = await lease(client, { limit: 100 });
    const leaseMs = performance.now() - began;
    console.log(`leased 100 in ${Math.round(leaseMs)} ms`);
    expect(leaseMs).toBeLessThan(1_000);
    expect(await settle(client, "ack", leased)).toEqual(leased.map(() => "acknowledged"));
    expect((await readMemory(program.pid)).mostMegabytes).toBeLessThan(BUSY_MEGABYTES);
  });
});

async function fill(client: Client): Promise<void> {
  const events = Array.from({ length: BATCH }, (_, index) => ({
    type: "order.created",
    payload: { order_id: `ord_${index}`, amount: 4_999, currency: "EUR" },
  }));
  const body = Buffer.from(JSON.stringify({ events }));
  let left = BATCHES;
  const send = async () => {
    while (left > 0) {
      left -= 1;
      const { created } = expectStatus(
        await client.send<BatchAnswer>("POST", "/v1/events/batch", { body }),
        200,
      );
      if (created !== BATCH) throw new Error(`Only ${created} of ${BATCH} were created.`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
}
