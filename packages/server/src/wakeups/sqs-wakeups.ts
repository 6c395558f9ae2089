import type { SQSClient } from "@aws-sdk/client-sqs";
import type { AwsAddress } from "../domain/aws-address.ts";
import { makeLocalWakeups } from "./local-wakeups.ts";
import { keepReceiving, makeRest } from "./receive-hints.ts";
import type { Topic, Wakeups } from "./wakeups.ts";

export interface SqsPlace extends Pick<AwsAddress, "region" | "queue"> {
  /** Of a stand-in; not given: of the region, or of `AWS_ENDPOINT_URL_SQS`. */
  readonly endpoint?: string;
}

/** A node sends at most ten messages a second: a request costs the same with one topic as with a thousand. */
const PAUSE_MS = 100;
/** The service takes 256 KiB; a hint that long would wake a thousand. */
const MOST_MESSAGE_BYTES = 64 * 1_024;
/** Topics that wait to be sent; more are left to those who look by themselves. */
const MOST_WAITING = 10_000;

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
  const outbox = makeOutbox(async (MessageBody) => {
    await client.send(new sdk.SendMessageCommand({ QueueUrl: await urlOf(), MessageBody }));
  }, onError);
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

/** Gathers topics into messages: the first goes as soon as the running work is done, then one each pause; after a failure later. */
function makeOutbox(send: (message: string) => Promise<void>, onError: (error: unknown) => void) {
  const waiting = new Set<string>();
  const rest = makeRest();
  let isPausing = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | null = null;
  const flush = async () => {
    isPausing = !isClosed && waiting.size > 0;
    if (!isPausing) return;
    const sent = await send(takeMessage(waiting)).then(
      () => true,
      (error: unknown) => {
        if (!isClosed) onError(error);
        return false;
      },
    );
    if (!isClosed) timer = setTimeout(flush, Math.max(PAUSE_MS, rest.after(sent))).unref();
  };
  return {
    put(topic: string) {
      if (waiting.size < MOST_WAITING) waiting.add(topic);
      if (isPausing) return;
      isPausing = true;
      setImmediate(flush);
    },
    close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** As many topics as fit into one message, in the order they came. */
function takeMessage(waiting: Set<string>): string {
  let message = "";
  for (const topic of waiting) {
    if (message.length + topic.length >= MOST_MESSAGE_BYTES) break;
    message += message === "" ? topic : ` ${topic}`;
    waiting.delete(topic);
  }
  return message;
}
