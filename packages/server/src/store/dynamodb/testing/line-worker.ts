import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { makeIdSource } from "../../../domain/ids.ts";
import { makeEvent, makeRecord } from "../../contract/make-records.ts";
import type { PlannedDelivery } from "../../event-store.ts";
import { type DynamoPlace, openDynamoStore } from "../open-dynamo-store.ts";

/** A node that posts events of one ordering key one after the other. */
export interface LineWish {
  readonly place: DynamoPlace;
  readonly projectId: string;
  readonly key: string;
  readonly events: number;
  readonly plan: readonly PlannedDelivery[];
}

/** What it came to. */
export interface LineReport {
  /** In the order of the posts; all were answered as created. */
  readonly ids: readonly string[];
  /** Transactions that were sent, those of the SDK's own repetitions not counted. */
  readonly transactions: number;
}

/** A thread of its own: calls of one process for the same key wait for one another. */
async function postInLine({ place, projectId, key, events, plan }: LineWish): Promise<LineReport> {
  let transactions = 0;
  const store = await openDynamoStore(place, {
    configure: (client) => {
      client.middlewareStack.add(
        (next, { commandName }) =>
          (args) => {
            if (commandName === "TransactWriteItemsCommand") transactions += 1;
            return next(args);
          },
        { step: "initialize", name: "countTransactions" },
      );
    },
  });
  const nextId = makeIdSource(randomBytes);
  const ids: string[] = [];
  for (let posted = 0; posted < events; posted += 1) {
    const { id, at } = nextId(Date.now());
    const event = makeEvent(projectId, { id, at, orderingKeyIndex: key });
    const [outcome] = await store.recordEvents([makeRecord(event, { plan })]);
    if (outcome?.outcome !== "created") throw new Error(`the event was ${outcome?.outcome}`);
    ids.push(id);
  }
  await store.close();
  return { ids, transactions };
}

void postInLine(workerData as LineWish).then((report) => parentPort?.postMessage(report));
