import { once } from "node:events";
import { connect } from "node:net";
import { startFauxqs } from "fauxqs";
import { beforeAll, inject } from "vitest";
import { type DynamoPlace, migrateDynamoStore } from "../open-dynamo-store.ts";
import type { DynamoAnswer } from "./global-setup.ts";

type StandIns = Omit<DynamoPlace, "prefix">;

let starting: Promise<StandIns> | null = null;
let made = 0;

/** On a busy machine Java takes its time to start: no test waits for that within its own. */
beforeAll(async () => {
  await standIns();
}, 120_000);

/** Tables that one test has to itself, on the server of this run, and a bucket of this test file. */
export async function openTestTables(options: { readonly isEmpty?: true } = {}): Promise<DynamoPlace> {
  const place = { ...(await standIns()), prefix: `test-${process.pid}-${++made}-` };
  if (!options.isEmpty) await migrateDynamoStore(place);
  return place;
}

function standIns(): Promise<StandIns> {
  starting ??= startStandIns();
  return starting;
}

async function startStandIns(): Promise<StandIns> {
  // They take any credentials, but the SDK wants some.
  process.env.AWS_ACCESS_KEY_ID ??= "test";
  process.env.AWS_SECRET_ACCESS_KEY ??= "test";
  const [endpoint, { address }] = await Promise.all([
    askForServer(),
    startFauxqs({ port: 0, logger: false }),
  ]);
  return { region: "eu-central-1", bucket: "test-payloads", endpoint, bucketEndpoint: address };
}

async function askForServer(): Promise<string> {
  const socket = connect(inject("dynamoSocket"));
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  await once(socket, "end");
  const { endpoint, error } = JSON.parse(text) as DynamoAnswer;
  if (endpoint === undefined) throw new Error(error);
  return endpoint;
}
