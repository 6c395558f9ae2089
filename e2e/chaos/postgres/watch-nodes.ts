import { setTimeout as delay } from "node:timers/promises";
import type { Accepted } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Ledger } from "../ledger.ts";
import type { Plant } from "../plant.ts";
import type { Fleet } from "./open-fleet.ts";

const PROBE_EVERY_MS = 100;

/** Asks each node whether it is ready until all answer with this status; gives how long that took, in ms. */
export async function whenReadiness({ plants }: Fleet, status: number, withinMs: number): Promise<number> {
  const began = performance.now();
  await Promise.all(
    plants.map(({ client }) =>
      eventually(
        async () => (await client.send("GET", "/readyz")).status,
        (seen) => seen === status,
        withinMs,
      ),
    ),
  );
  return performance.now() - began;
}

/** Posts to each node until it accepts; gives how long the last one took, in ms. */
export async function whenServing({ plants }: Fleet, ledger: Ledger, withinMs: number): Promise<number> {
  const began = performance.now();
  await Promise.all(
    plants.map((plant) =>
      eventually(
        () => post(plant, ledger),
        (seen) => seen === 201,
        withinMs,
      ),
    ),
  );
  return performance.now() - began;
}

/** Posts to each node again and again until the work is done; gives the answers by their status, and the longest wait for one, in ms. */
export async function probeDuring(
  { plants }: Fleet,
  ledger: Ledger,
  work: () => Promise<unknown>,
): Promise<{ readonly statuses: ReadonlySet<number>; readonly slowestMs: number }> {
  const statuses = new Set<number>();
  let slowestMs = 0;
  let isDone = false;
  const probing = plants.map(async (plant) => {
    while (!isDone) {
      const began = performance.now();
      statuses.add(await post(plant, ledger));
      slowestMs = Math.max(slowestMs, performance.now() - began);
      await delay(PROBE_EVERY_MS);
    }
  });
  try {
    await work();
  } finally {
    isDone = true;
  }
  await Promise.all(probing);
  return { statuses, slowestMs };
}

/** Posts one event and notes it if it was accepted; gives the status. */
export async function post({ client }: Plant, ledger: Ledger): Promise<number> {
  const payload = ledger.nextPayload(100);
  const answer = await client.send<Accepted>("POST", "/v1/events", { body: `{"payload":${payload}}` });
  if (answer.status === 201) ledger.noteAccepted(answer.json.event_id, payload);
  return answer.status;
}
