import type { NewProject } from "../project-store.ts";
import { IS_ABSENT } from "./connection.ts";
import { credentialItem, pointerItem } from "./credential-rows.ts";
import type { Dynamo } from "./dynamo.ts";
import { projectKey } from "./keys.ts";
import { countWrite, keyItem, pointerOf } from "./project-rows.ts";
import { subscriptionItem } from "./subscription-rows.ts";
import { besideOf, besideWrites } from "./subscription-writes.ts";
import { transact } from "./write-items.ts";

/** Everything a project starts with, in one transaction. */
export async function createProject(
  dynamo: Dynamo,
  { project, keys, mainInbox, credential }: NewProject,
  onlyFirst: boolean,
): Promise<"created" | "exists"> {
  const { id, name, createdAt } = project;
  const { identity, name: named, end } = besideWrites(mainInbox, { to: besideOf(mainInbox) });
  const outcome = await transact(dynamo, [
    countWrite(1, onlyFirst ? 0 : null),
    // One write of a subscription, one live one: its main inbox.
    {
      table: "control",
      put: { ...projectKey(id), nm: name, ca: createdAt, mv: 1, lc: 1 },
      condition: IS_ABSENT,
    },
    { table: "control", put: { ...pointerOf(id) }, condition: null },
    ...keys.map((key) => ({ table: "control", put: keyItem(id, key), condition: null }) as const),
    { table: "control", put: subscriptionItem({ subscription: mainInbox, queues: 1 }), condition: null },
    ...[...identity, ...named, ...end],
    { table: "control", put: credentialItem(credential), condition: IS_ABSENT },
    { table: "control", put: pointerItem(credential), condition: null },
  ]);
  dynamo.places.forget(id);
  return outcome.isDone ? "created" : "exists";
}
