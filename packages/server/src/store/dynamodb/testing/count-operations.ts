import { makeIdempotency, T0 } from "../../contract/make-records.ts";
import {
  ACKNOWLEDGE,
  addProject,
  leaseOne,
  record,
  type Scene,
  settle,
  subscribe,
} from "../../contract/scene.ts";
import { openDynamoStore } from "../open-dynamo-store.ts";
import { countUnits, type UnitCounter } from "./count-units.ts";
import { openTestTables } from "./open-test-tables.ts";

/** An event of 1 KB: its sealed content alone is so large. */
export const EVENT = { sealed: new Uint8Array(1_024), bytes: 1_200 };

/** A project whose units are counted. */
export async function openCounted(): Promise<Scene & { readonly counter: UnitCounter }> {
  const counter = countUnits();
  const { configure } = counter;
  const tuning = { copiesLastMs: 60_000, storeTime: () => T0, configure };
  const scene = await addProject(await openDynamoStore(await openTestTables(), tuning));
  await scene.store.readEvents(scene.projectId, [], T0);
  return { ...scene, counter };
}

/** What one operation uses. */
export interface Operation {
  readonly name: string;
  readonly write: number;
  readonly read: number;
}

/** What docs/deploy-aws.md says the price of, in its order. */
export async function countOperations(): Promise<readonly Operation[]> {
  const scene = await openCounted();
  const { counter, store } = scene;
  const inboxes = [];
  for (let count = 0; count < 10; count++) inboxes.push(await subscribe(scene));
  const [inbox] = inboxes;
  if (inbox === undefined) throw new Error("there is no inbox");
  const counted: Operation[] = [];
  const count = (name: string) => counted.push({ name, ...counter.take() });
  counter.take();
  await record(scene, { to: [], event: EVENT });
  count("accept, 0 matches");
  await record(scene, { to: [inbox], event: EVENT });
  count("accept, 1 match");
  const delivery = await leaseOne(scene, { from: inbox });
  count("lease, one alone");
  await settle(scene, delivery, { verb: ACKNOWLEDGE });
  count("acknowledge");
  await record(scene, { to: [inbox], event: EVENT, idempotency: makeIdempotency("key") });
  count("accept, 1 match, with a key");
  await record(scene, { to: inboxes, event: EVENT });
  count("accept, 10 matches");
  await store.close();
  return counted;
}
