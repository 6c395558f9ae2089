import type { AwsAddress } from "../domain/aws-address.ts";
import { TriggersError } from "../domain/errors.ts";

/** A hint that nobody took for so long is worth nothing any more; the least that the service takes. */
const KEPT_SECONDS = 60;

/** Makes the queue of wake-ups if it is not there; true if it was made. */
export async function makeQueue({
  region,
  queue: QueueName,
}: Pick<AwsAddress, "region" | "queue">): Promise<boolean> {
  const sdk = await import("@aws-sdk/client-sqs");
  const client = new sdk.SQSClient({ region });
  try {
    if (await isThere(client.send(new sdk.GetQueueUrlCommand({ QueueName })))) return false;
    const Attributes = { MessageRetentionPeriod: String(KEPT_SECONDS), SqsManagedSseEnabled: "true" };
    await client.send(new sdk.CreateQueueCommand({ QueueName, Attributes }));
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const detail = `SQS in ${region} cannot be used: ${reason}`;
    throw new TriggersError("storage_unavailable", detail, { cause: error });
  } finally {
    client.destroy();
  }
}

async function isThere(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof Error && /QueueDoesNotExist|NonExistentQueue/.test(error.name)) return false;
    throw error;
  }
}
