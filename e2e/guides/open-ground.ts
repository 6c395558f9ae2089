import { openTestTables } from "../../packages/server/src/store/dynamodb/testing/open-test-tables.ts";
import { freePort } from "../../packages/server/src/store/testing/free-port.ts";
import { openNodes } from "../harness/open-nodes.ts";
import { AWS, type Ground, POSTGRES } from "./substitutions.ts";

export type OpenGround = Ground & AsyncDisposable;

/** What a document needs around it: ports, and the databases that it names. */
export async function openGround(markdown: string): Promise<OpenGround> {
  const ports = { 8080: String(await freePort()), 9000: String(await freePort()) };
  const nodes = markdown.includes(POSTGRES) ? await openNodes() : null;
  return {
    ports,
    postgres: nodes?.url ?? null,
    aws: markdown.includes(AWS) ? await openAws() : null,
    [Symbol.asyncDispose]: async () => nodes?.[Symbol.asyncDispose](),
  };
}

/** Stand-ins of the services, with nothing in them. */
async function openAws(): Promise<Ground["aws"]> {
  const { region, prefix, endpoint, bucketEndpoint } = await openTestTables({ isEmpty: true });
  if (endpoint === null || bucketEndpoint === null) throw new Error("There is a stand-in missing.");
  const keys = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  const places = { AWS_ENDPOINT_URL_S3: bucketEndpoint, AWS_ENDPOINT_URL_SQS: bucketEndpoint };
  return {
    store: `aws://${region}?prefix=${prefix}`,
    env: { ...keys, AWS_ENDPOINT_URL_DYNAMODB: endpoint, ...places },
  };
}
