import type { SQSClient } from "@aws-sdk/client-sqs";
import type { AwsAddress } from "../domain/aws-address.ts";
import { makeLocalWakeups } from "./local-wakeups.ts";
import { makeOutbox } from "./make-outbox.ts";
import { makeRest } from "./make-rest.ts";
import { keepReceiving } from "./receive-hints.ts";
import type { Topic, Wakeups } from "./wakeups.ts";

export interface SqsPlace extends Pick<AwsAddress, "region" | "queue"> {
  /** Of a stand-in; not given: of the region, or of `AWS_ENDPOINT_URL_SQS`. */
  readonly endpoint?: string;
}

/** A node sends at most ten messages a second: a request costs the same with one topic as with a thousand. */
const PAUSE_MS = 100;
/** The service takes 256 KiB; a hint that long would wake a thousand. */
const MOST_MESSAGE_BYTES = 64 * 1_024;

/**
 * Wake-ups through one queue of SQS, which gives each message to one receiver. A hint is therefore for whoever delivers: it says that something of a subscription may be due,
 * and any one node, or a Lambda behind the queue, that takes it may lease what is there. What every node would have to hear (a feed has grown, a subscription has changed) is not sent;
 * whoever waits for it on another node looks each second, as does the node whose endpoint it is when another took the hint. Within this node all wake-ups work at
 * once, also without the queue. Lost, doubled and disordered messages change nothing but the moment of the next look.
 */
export async function openSqsWakeups({
  place: { region, queue, endpoint },
  onError,
}: {
  readonly place: SqsPlace;
  readonly onError: (error: unknown) => void;
}): Promise<Wakeups> {
  const sdk = await import("@aws-sdk/client-sqs");
  const client = new sdk.SQSClient({
    region,
    maxAttempts: 2,
    // The host in the queue's URL may be one that only the service itself knows.
    useQueueUrlAsEndpoint: false,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const local = makeLocalWakeups();
  const closing = new AbortController();
  const urlOf = makeUrlOf(sdk, client, queue);
  const hear = (message: string) => {
    for (const topic of message.split(" ")) if (isForOne(topic)) local.wake(topic);
  };
  const receiving = keepReceiving({ sdk, client, urlOf, hear, onError, closing: closing.signal });
  const rest = makeRest();
  const send = async (MessageBody: string) => {
    try {
      await client.send(new sdk.SendMessageCommand({ QueueUrl: await urlOf(), MessageBody }));
      return rest.after(true);
    } catch (error) {
      if (!closing.signal.aborted) onError(error);
      return rest.after(false);
    }
  };
  const outbox = makeOutbox({ pauseMs: PAUSE_MS, mostBytes: MOST_MESSAGE_BYTES, send });
  return {
    ...local,
    wake(topic) {
      local.wake(topic);
      if (isForOne(topic)) outbox.put(topic);
    },
    async close() {
      outbox.close();
      closing.abort();
      await receiving;
      client.destroy();
      await local.close();
    },
  };
}

function isForOne(topic: string): topic is Topic {
  return topic.startsWith("deliveries:");
}

/** The queue's URL, asked for until it is known. */
function makeUrlOf(
  sdk: typeof import("@aws-sdk/client-sqs"),
  client: SQSClient,
  QueueName: string,
): () => Promise<string> {
  let known: string | null = null;
  return async () => {
    if (known !== null) return known;
    const { QueueUrl } = await client.send(new sdk.GetQueueUrlCommand({ QueueName }));
    if (QueueUrl === undefined) throw new Error(`SQS names no URL of ${QueueName}`);
    known = QueueUrl;
    return known;
  };
}
