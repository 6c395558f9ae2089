import { setTimeout as sleep } from "node:timers/promises";
import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import { makeRest } from "./make-rest.ts";

export interface ReceiveParts {
  readonly sdk: typeof import("@aws-sdk/client-sqs");
  readonly client: SQSClient;
  readonly urlOf: () => Promise<string>;
  readonly hear: (message: string) => void;
  readonly onError: (error: unknown) => void;
  readonly closing: AbortSignal;
}

/** The longest that the service lets a request wait: an idle node asks three times a minute. */
const WAIT_SECONDS = 20;
const MOST_MESSAGES = 10;

/** Hears messages until `closing`; each is removed before anybody acts on it, since a hint that is lost harms nobody. */
export async function keepReceiving(parts: ReceiveParts): Promise<void> {
  const { closing, hear, onError } = parts;
  const rest = makeRest();
  while (!closing.aborted) {
    const messages = await receive(parts).catch((error: unknown) => {
      if (!closing.aborted) onError(error);
      return null;
    });
    for (const { Body = "" } of messages ?? []) hear(Body);
    const restMs = rest.after(messages !== null);
    if (restMs > 0) await sleep(restMs, undefined, { signal: closing, ref: false }).catch(() => undefined);
  }
}

async function receive({ sdk, client, urlOf, closing }: ReceiveParts): Promise<readonly Message[]> {
  const QueueUrl = await urlOf();
  const ask = new sdk.ReceiveMessageCommand({
    ...{ QueueUrl, WaitTimeSeconds: WAIT_SECONDS, MaxNumberOfMessages: MOST_MESSAGES },
  });
  const { Messages = [] } = await client.send(ask, { abortSignal: closing });
  if (Messages.length === 0) return Messages;
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await client.send(new sdk.DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return Messages;
}
