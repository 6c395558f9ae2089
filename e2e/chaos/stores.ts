import { randomBytes } from "node:crypto";
import { startFauxqs } from "fauxqs";
import { startDynamo } from "../../packages/server/src/store/dynamodb/testing/start-dynamodb.ts";
import { runCli } from "../harness/run-cli.ts";
import { prepareProgram } from "../harness/start-program.ts";
import { openDurablePostgres } from "./postgres/open-durable-postgres.ts";

/** A store that survives the end of the program. */
export interface StoreUnderTest {
  readonly name: string;
  open(): Promise<OpenStore>;
}

export interface OpenStore extends AsyncDisposable {
  /** As the started program is told of it. */
  readonly env: Readonly<Record<string, string>>;
}

/** `CHAOS_STORES=sqlite,postgres,aws npm run test:chaos` chooses others; an address of a server, `postgres://…`, is taken too. */
export function storesUnderTest(names: string): readonly StoreUnderTest[] {
  return (process.env.CHAOS_STORES ?? names).split(",").map((setting) => ({
    name: setting.split(":", 1)[0] ?? setting,
    open: () => openers[setting]?.() ?? openSetting(setting),
  }));
}

const openers: Readonly<Record<string, () => Promise<OpenStore>>> = {
  postgres: openPostgres,
  aws: openAws,
};

async function openSetting(setting: string): Promise<OpenStore> {
  return { env: storeEnv(setting), [Symbol.asyncDispose]: async () => undefined };
}

/** Stores beside the data folder have no place for a key of their own making. */
function storeEnv(setting: string): Readonly<Record<string, string>> {
  return { TRIGGERS_STORE: setting, TRIGGERS_MASTER_KEY: randomBytes(32).toString("base64") };
}

async function openPostgres(): Promise<OpenStore> {
  const server = await openDurablePostgres();
  return { env: storeEnv(server.url), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Stand-ins of DynamoDB, S3 and SQS that live on while the program is killed. */
async function openAws(): Promise<OpenStore> {
  const [dynamo, bucket] = await Promise.all([startDynamo(), startFauxqs({ port: 0, logger: false })]);
  const env = {
    ...storeEnv("aws://eu-central-1?prefix=chaos-"),
    ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    ...{ AWS_ENDPOINT_URL_S3: bucket.address, AWS_ENDPOINT_URL_SQS: bucket.address },
  };
  await using program = await prepareProgram({ env });
  await runCli(program, "store", "migrate");
  return {
    env,
    async [Symbol.asyncDispose]() {
      await Promise.all([dynamo.stop(), bucket.stop()]);
    },
  };
}
