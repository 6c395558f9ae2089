import { afterAll, beforeAll, expect, test } from "vitest";
import {
  makeEvent,
  makeProject,
  makeRecord,
  makeSubscription,
  planFor,
  T0,
} from "../contract/make-records.ts";
import type { DeliveryListRequest } from "../delivery-store.ts";
import type { Store } from "../store.ts";
import { openPostgresStore } from "./open-postgres-store.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";

const made = makeProject();
const projectId = made.project.id;
const [busy, quiet] = [makeSubscription(projectId), makeSubscription(projectId)];
const events = Array.from({ length: 6_000 }, () => makeEvent(projectId));
const quietIds = [events[10], events[5_900]].map((event) => event?.id);

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await openTestDatabase();
  store = await openPostgresStore({ url: database.url });
  await store.createProject(made, false);
  for (const subscription of [busy, quiet]) await store.createSubscription(subscription);
  const records = events.map((event) => {
    const isQuiet = quietIds.includes(event.id);
    return makeRecord(event, { plan: planFor(...(isQuiet ? [busy, quiet] : [busy])) });
  });
  for (let from = 0; from < records.length; from += 500)
    await store.recordEvents(records.slice(from, from + 500));
});

afterAll(async () => {
  await store.close();
  await database.release();
});

async function list(fields: Partial<DeliveryListRequest>) {
  const request = { projectId, subscriptionId: null, eventId: null, state: null, createdFrom: null };
  const rest = { createdTo: null, after: null, limit: 100, now: T0, ...fields };
  const { views, after } = await store.listDeliveries({ ...request, ...rest });
  return { ids: views.map(({ delivery }) => delivery.eventId), after };
}

test("the few open ones of a subscription are found in one page, however far apart they stand", async () => {
  const wish = { subscriptionId: quiet.id, state: "pending" } as const;
  expect(await list(wish)).toEqual({ ids: quietIds, after: null });
  const first = await list({ ...wish, limit: 1 });
  expect((await list({ ...wish, limit: 1, after: first.after })).ids).toEqual([quietIds[1]]);
  expect(await list({ ...wish, state: "leased" })).toEqual({ ids: [], after: null });
});

test("many of them come in their order, page by page", async () => {
  const ids: string[] = [];
  let after: DeliveryListRequest["after"] = null;
  do {
    const page = await list({ subscriptionId: busy.id, state: "pending", limit: 1_000, after });
    ids.push(...page.ids);
    after = page.after;
  } while (after !== null);
  expect(ids).toEqual(events.map(({ id }) => id));
});

test("a page that finds nothing in 5,000 rows says where to go on", async () => {
  const wish = { subscriptionId: quiet.id, state: "acknowledged" } as const;
  const first = await list(wish);
  expect(first.ids).toEqual([]);
  // The two quiet ones are rows too.
  expect(first.after?.eventId).toBe(events[4_998]?.id);
  expect((await list({ ...wish, after: first.after })).after).toBeNull();
});
