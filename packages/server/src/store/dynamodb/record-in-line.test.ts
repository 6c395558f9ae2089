import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { Subscription } from "../../domain/subscription.ts";
import { planFor } from "../contract/make-records.ts";
import { ACKNOWLEDGE, addProject, leaseOne, type Scene, settle, subscribe } from "../contract/scene.ts";
import { type DynamoPlace, openDynamoStore } from "./open-dynamo-store.ts";
import type { LineReport, LineWish } from "./testing/line-worker.ts";
import { openTestTables } from "./testing/open-test-tables.ts";
import { scanTable } from "./testing/scan-table.ts";

const NODES = 3;
const EVENTS_OF_EACH = 60;
const ALL = NODES * EVENTS_OF_EACH;

test("three nodes that post events of one ordering key get into each other's way, but none is refused, no position is left out, and each one's own come in its order", {
  timeout: 120_000,
}, async () => {
  const place = await openTestTables();
  const scene = await addProject(await openDynamoStore(place));
  const inbox = await subscribe(scene, { ordered: true });
  const wish = { place, projectId: scene.projectId, key: "line", events: EVENTS_OF_EACH };
  const reports = await Promise.all(
    Array.from({ length: NODES }, () => postInLine({ ...wish, plan: planFor(inbox) })),
  );

  const positions = await positionsById(place);
  expect([...positions.values()].toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: ALL }, (_, index) => index + 1),
  );
  for (const { ids } of reports) {
    const own = ids.map((id) => positions.get(id) ?? 0);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
  const transactions = reports.reduce((sum, report) => sum + report.transactions, 0);
  expect(transactions).toBeGreaterThan(ALL);
  await expectAllInOrder(scene, inbox, positions);
  await scene.store.close();
});

async function postInLine(workerData: LineWish): Promise<LineReport> {
  const worker = new Worker(new URL("./testing/line-worker.ts", import.meta.url), { workerData });
  const [report] = (await once(worker, "message")) as [LineReport];
  await worker.terminate();
  return report;
}

async function positionsById(place: DynamoPlace): Promise<ReadonlyMap<string, number>> {
  const events = (await scanTable(place, "events")).filter(({ sk }) => sk.startsWith("e#"));
  return new Map(events.map(({ sk, po }) => [sk.slice(2), Number(po)]));
}

/** What waits in the lane goes out by position, one at a time. */
async function expectAllInOrder(
  scene: Scene,
  inbox: Subscription,
  positions: ReadonlyMap<string, number>,
): Promise<void> {
  for (let position = 1; position <= positions.size; position += 1) {
    const now = Date.now();
    const delivery = await leaseOne(scene, { from: inbox, now, limit: 5 });
    expect(positions.get(delivery.eventId)).toBe(position);
    expect(await settle(scene, delivery, { verb: ACKNOWLEDGE, now })).toBe("settled");
  }
}
