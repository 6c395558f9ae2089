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
import { commitGroup } from "./commit-group.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { openWriter } from "./open-database.ts";

const db = openWriter(":memory:");
const made = makeProject();
const projectId = made.project.id;
const [busy, quiet] = [makeSubscription(projectId), makeSubscription(projectId)];
const events = Array.from({ length: 6_000 }, () => makeEvent(projectId));
const quietIds = [events[10], events[5_900]].map((event) => event?.id);

beforeAll(() => {
  migrate(db.connection, readMigrations());
  const records = events.map((event) => {
    const isQuiet = quietIds.includes(event.id);
    return makeRecord(event, { plan: planFor(...(isQuiet ? [busy, quiet] : [busy])) });
  });
  commitGroup(db, [
    { name: "createProject", args: [made, false] },
    { name: "createSubscription", args: [busy] },
    { name: "createSubscription", args: [quiet] },
    { name: "recordEvents", args: [records] },
  ]);
});

afterAll(() => db.connection.close());

function list(fields: Partial<DeliveryListRequest>) {
  const { views, after } = listDeliveries(db, {
    projectId,
    subscriptionId: null,
    eventId: null,
    state: null,
    createdFrom: null,
    createdTo: null,
    after: null,
    limit: 100,
    now: T0,
    ...fields,
  });
  return { ids: views.map(({ delivery }) => delivery.eventId), after };
}

test("the few open ones of a subscription are found in one page, however far apart they stand", () => {
  const wish = { subscriptionId: quiet.id, state: "pending" } as const;
  expect(list(wish)).toEqual({ ids: quietIds, after: null });
  const first = list({ ...wish, limit: 1 });
  expect(list({ ...wish, limit: 1, after: first.after }).ids).toEqual([quietIds[1]]);
  expect(list({ ...wish, state: "leased" })).toEqual({ ids: [], after: null });
});

test("many of them come in their order, page by page", () => {
  const ids: string[] = [];
  let after: DeliveryListRequest["after"] = null;
  do {
    const page = list({ subscriptionId: busy.id, state: "pending", limit: 1_000, after });
    ids.push(...page.ids);
    after = page.after;
  } while (after !== null);
  expect(ids).toEqual(events.map(({ id }) => id));
});

test("a page that finds nothing in 5,000 rows says where to go on", () => {
  const wish = { subscriptionId: quiet.id, state: "acknowledged" } as const;
  const first = list(wish);
  expect(first.ids).toEqual([]);
  // The two quiet ones are rows too.
  expect(first.after?.eventId).toBe(events[4_998]?.id);
  expect(list({ ...wish, after: first.after }).after).toBeNull();
});
