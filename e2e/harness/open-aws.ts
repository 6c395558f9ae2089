import { randomBytes } from "node:crypto";
import { openTestTables } from "../../packages/server/src/store/dynamodb/testing/open-test-tables.ts";
import { type Program, type ProgramOptions, prepareProgram } from "./start-program.ts";

/** Programs on one installation in stand-ins of DynamoDB, S3 and SQS. */
export interface AwsNodes extends AsyncDisposable {
  readonly prefix: string;
  /** A node, not yet started; all have the same keys. */
  add(env?: ProgramOptions["env"]): Promise<Program>;
}

/** An account with nothing in it, and no node yet. */
export async function openAws(): Promise<AwsNodes> {
  const { region, prefix, endpoint, bucketEndpoint } = await openTestTables({ isEmpty: true });
  const shared = {
    TRIGGERS_STORE: `aws://${region}?prefix=${prefix}`,
    TRIGGERS_MASTER_KEY: randomBytes(32).toString("base64"),
    TRIGGERS_BOOTSTRAP_API_KEY: `e2e-${randomBytes(24).toString("hex")}`,
    TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8",
    ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    ...{ AWS_ENDPOINT_URL_S3: bucketEndpoint, AWS_ENDPOINT_URL_SQS: bucketEndpoint },
  };
  const programs: Program[] = [];
  return {
    prefix,
    async add(env = {}) {
      const program = await prepareProgram({ env: { ...shared, ...env } });
      programs.push(program);
      return program;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
    },
  };
}
