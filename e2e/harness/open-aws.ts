import type { DynamoPlace } from "../../packages/server/src/store/dynamodb/open-dynamo-store.ts";
import { openTestTables } from "../../packages/server/src/store/dynamodb/testing/open-test-tables.ts";
import { makeNodeGroup, type NodeGroup } from "./make-node-group.ts";

/** Programs on one installation in stand-ins of DynamoDB, S3 and SQS. */
export interface AwsNodes extends NodeGroup {
  readonly prefix: string;
  /** What `TRIGGERS_STORE` says, in parts. */
  readonly place: DynamoPlace;
}

/** An account with nothing in it, and no node yet. */
export async function openAws(): Promise<AwsNodes> {
  const place = await openTestTables({ isEmpty: true });
  const { region, prefix, endpoint, bucketEndpoint } = place;
  const nodes = makeNodeGroup({
    TRIGGERS_STORE: `aws://${region}?prefix=${prefix}`,
    TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8",
    ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    ...{ AWS_ENDPOINT_URL_S3: bucketEndpoint, AWS_ENDPOINT_URL_SQS: bucketEndpoint },
  });
  return { ...nodes, prefix, place: { ...place, bucket: `${prefix}payloads` } };
}
