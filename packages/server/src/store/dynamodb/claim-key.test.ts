import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { makeEvent, makeIdempotency, makeRecord } from "../contract/make-records.ts";
import { addProject, type Scene } from "../contract/scene.ts";
import { openDynamoStore } from "./open-dynamo-store.ts";
import { openTestTables } from "./testing/open-test-tables.ts";

/** Patience of twice a commit, as in an installation, where they are 10 s and 5 s. */
const QUICK = { commitWithinMs: 2_000, keyPatienceMs: 4_000 };
const MOST_TRIES = 8;

test.each([1, 30])(
  "what a crash left of %i keys keeps nobody from them: the same sent again and again is accepted",
  { timeout: 60_000 },
  async (keys) => {
    const place = await openTestTables();
    const crashing = await openDynamoStore(place, { ...QUICK, configure: refuseStatements });
    const scene = await addProject(crashing);
    await expect(record(scene, keys)).rejects.toMatchObject({ code: "storage_unavailable" });
    await crashing.close();

    const store = await openDynamoStore(place, QUICK);
    let outcomes: readonly string[] | null = null;
    for (let tries = 0; outcomes === null && tries < MOST_TRIES; tries++)
      outcomes = await record({ ...scene, store }, keys).catch(() => null);
    expect(outcomes).toEqual(Array.from({ length: keys }, () => "created"));
    expect(await record({ ...scene, store }, keys)).toEqual(Array.from({ length: keys }, () => "replayed"));
    await store.close();
  },
);

/** New events, each with a key of its own that is the same in each call. */
async function record({ store, projectId }: Scene, keys: number): Promise<readonly string[]> {
  const at = Date.now();
  const idempotencyOf = (index: number) => makeIdempotency(`key-${index}`, { expiresAt: at + 86_400_000 });
  const records = Array.from({ length: keys }, (_, index) =>
    makeRecord(makeEvent(projectId, { at }), { idempotency: idempotencyOf(index) }),
  );
  return (await store.recordEvents(records)).map(({ outcome }) => outcome);
}

/** From the moment at which all keys are taken nothing gets through. */
function refuseStatements(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== "BatchExecuteStatementCommand") return next(args);
        throw Object.assign(new Error("cut off"), { name: "TimeoutError" });
      },
    { step: "initialize", name: "refuseStatements" },
  );
}
