import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SECOND, T0 } from "../contract/make-records.ts";
import { addProject, change, lease, record, type Scene, subscribe } from "../contract/scene.ts";
import type { Store } from "../store.ts";
import { openPostgresStore } from "./open-postgres-store.ts";
import { openClient } from "./testing/open-client.ts";
import { openTestDatabase, type TestDatabase } from "./testing/open-test-database.ts";
import { whenLockedOut } from "./testing/when-locked-out.ts";

/** Every transaction that has changed an open delivery stands still before its commit while somebody holds this lock. */
const GATE = 7;
const BUILD_GATE = `
  CREATE FUNCTION pass_gate() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NULL; END $$;
  CREATE CONSTRAINT TRIGGER gate AFTER UPDATE ON deliveries_open DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION pass_gate()`;

const LEASED_AT = T0 + SECOND;
const LEASED_UNTIL = T0 + 2 * SECOND;

let database: TestDatabase;
let store: Store;
let scene: Scene;
let other: Client;

beforeEach(async () => {
  database = await openTestDatabase();
  store = await openPostgresStore({ url: database.url });
  scene = await addProject(store);
  other = await openClient(database.url);
  await other.query(BUILD_GATE);
});

afterEach(async () => {
  await other.query("DROP FUNCTION pass_gate CASCADE");
  await other.end();
  await store.close();
  await database.release();
});

/** A lease of everything, which has handed out and not committed when the number of attempts is changed. */
async function changeAttemptsMeanwhile(from: number, to: number, events: number): Promise<void> {
  const inbox = await subscribe(scene, { maxAttempts: from });
  for (let n = 0; n < events; n += 1) await record(scene, { to: [inbox] });
  await other.query(`SELECT pg_advisory_lock(${GATE})`);
  const leasing = lease(scene, { from: inbox, now: LEASED_AT, until: LEASED_UNTIL, limit: events });
  await whenLockedOut(other);
  let isChanged = false;
  const changing = change(scene, inbox.id, { maxAttempts: to }).finally(() => {
    isChanged = true;
  });
  // Whether it waits for the lease is its own affair.
  while (!isChanged && (await countWaiting()) < 2) await delay(5);
  await other.query(`SELECT pg_advisory_unlock(${GATE})`);
  expect(await leasing).toHaveLength(events);
  await changing;
}

async function countWaiting(): Promise<number> {
  return (await other.query("SELECT FROM pg_locks WHERE NOT granted")).rowCount ?? 0;
}

const sweep = (limit: number) => store.exhaustDeliveries({ now: LEASED_UNTIL, limit });

test("a lease that is under way while the attempts are lowered is its last one, and is buried at its end", async () => {
  await changeAttemptsMeanwhile(10, 1, 1);
  expect(await sweep(10)).toMatchObject([{ state: "dead", stateReason: "attempts_exhausted", attempt: 1 }]);
});

test("leases that are under way while the attempts are raised are not buried, and keep the sweep from nothing", async () => {
  await changeAttemptsMeanwhile(1, 10, 3);
  expect(await sweep(10)).toEqual([]);
  const last = await subscribe(scene, { maxAttempts: 1 });
  const { id } = await record(scene, { to: [last] });
  // Ends as late as the others: those are looked at first.
  await lease(scene, { from: last, now: LEASED_AT, until: LEASED_UNTIL });
  expect(await sweep(3)).toMatchObject([{ eventId: id, state: "dead" }]);
});
