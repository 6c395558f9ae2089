import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeEvent, makeProject, makeRecord, planFor, T0 } from "../contract/make-records.ts";
import { type Answer, commitGroup } from "./commit-group.ts";
import { readEvents } from "./events.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { type Database, openWriter } from "./open-database.ts";
import { recordEvents } from "./record-events.ts";
import type { WriteCall } from "./writes.ts";

const made = makeProject();
const projectId = made.project.id;

let db: Database;

beforeEach(() => {
  db = openWriter(":memory:");
  migrate(db.connection, readMigrations());
  commitGroup(db, [{ name: "createProject", args: [made, false] }]);
});

afterEach(() => db.connection.close());

function recordCall(...events: ReturnType<typeof makeEvent>[]): WriteCall {
  return { name: "recordEvents", args: [events.map((event) => makeRecord(event))] };
}

function outcomes(answers: readonly Answer[]) {
  return answers.map((answer) => ("error" in answer ? "failed" : "done"));
}

function storedIds(events: readonly { readonly id: string }[]): string[] {
  const ids = events.map(({ id }) => id);
  return readEvents(db, projectId, ids, T0).map(({ id }) => id);
}

describe("a group of calls", () => {
  test("one that fails leaves nothing, and those beside it are stored", () => {
    const [a, b, c] = [makeEvent(projectId), makeEvent(projectId), makeEvent(projectId)];
    const twice = recordCall(b, b);
    expect(outcomes(commitGroup(db, [recordCall(a), twice, recordCall(c)]))).toEqual([
      "done",
      "failed",
      "done",
    ]);
    expect(storedIds([a, b, c])).toEqual([a.id, c.id]);
  });

  test("on a full disk nothing of the group is stored, all are told so, and it works again with room", () => {
    const events = Array.from({ length: 9 }, () =>
      makeEvent(projectId, { sealed: new Uint8Array(100_000).fill(7) }),
    );
    const calls = events.map((event) => recordCall(event));
    const { page_count: pages } = db.connection.prepare("PRAGMA page_count").get() ?? {};
    db.connection.exec(`PRAGMA max_page_count = ${Number(pages) + 40}`);
    const answers = commitGroup(db, calls);
    expect(answers.map((answer) => "error" in answer && answer.error)).toEqual(
      events.map(() => expect.objectContaining({ code: "storage_full" })),
    );
    expect(storedIds(events)).toEqual([]);
    db.connection.exec("PRAGMA max_page_count = 100000");
    expect(outcomes(commitGroup(db, calls))).toEqual(events.map(() => "done"));
    expect(storedIds(events)).toEqual(events.map(({ id }) => id));
  });

  test("a project made by a call that fails is not remembered", () => {
    const other = makeProject();
    const clash = { ...other, keys: [{ ...other.keys[0], wrapped: null }] };
    commitGroup(db, [
      { name: "createProject", args: [clash, false] },
      recordCall(makeEvent(other.project.id)),
    ]);
    const [answer] = commitGroup(db, [recordCall(makeEvent(other.project.id))]);
    expect(answer).toEqual({ value: [{ outcome: "no_project" }] });
  });

  test("one call alone that fails leaves nothing either, and the next one works", () => {
    const event = makeEvent(projectId);
    expect(outcomes(commitGroup(db, [recordCall(event, event)]))).toEqual(["failed"]);
    expect(storedIds([event])).toEqual([]);
    expect(outcomes(commitGroup(db, [recordCall(event)]))).toEqual(["done"]);
  });

  test("an empty one is no transaction that fails", () => {
    expect(commitGroup(db, [])).toEqual([]);
  });
});

test("a plain event writes two rows and nothing else", () => {
  const changes = () => Number(db.connection.prepare("SELECT total_changes() AS n").get()?.n);
  const recordPlain = () =>
    recordEvents(db, [makeRecord(makeEvent(projectId), { plan: planFor(made.mainInbox) })]);
  // The first one after an opening lifts the numbers of the feed, too.
  recordPlain();
  const before = changes();
  recordPlain();
  expect(changes() - before).toBe(2);
});
