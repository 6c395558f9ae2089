import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import type { NewEvent } from "@triggers/client";
import { OperatorError } from "../../domain/errors.ts";
import { given } from "../arguments/given.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput } from "../output/output.ts";

export interface SendOptions extends ConnectionOptions {
  readonly payload?: string;
  readonly type?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly tag?: readonly string[];
  readonly priority?: "low" | "normal" | "high";
  readonly orderingKey?: string;
  readonly idempotencyKey?: string;
  readonly metadata?: Record<string, unknown>;
  readonly deliverAt?: string;
  readonly occurredAt?: string;
}

/** Sends one event, its payload byte for byte. */
export async function sendEvent(file: string | undefined, options: SendOptions): Promise<void> {
  const payloadText = await readPayload(file, options.payload);
  const { triggers } = await connect(options);
  const { idempotencyKey } = options;
  const sent = await triggers.events.send(
    eventOf(payloadText, options),
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );
  const { event_id, timestamp, replayed } = sent;
  const words = replayed ? `${event_id} was there already, stored at ${timestamp}` : `${event_id} stored`;
  makeOutput(options).row({ event_id, timestamp, replayed }, words);
}

async function readPayload(file: string | undefined, text: string | undefined): Promise<string> {
  if (text !== undefined && file !== undefined)
    throw new OperatorError("Give the payload by --payload or by a file, not by both.");
  if (text !== undefined) return text;
  if (file !== undefined && file !== "-") return decode(await readFile(file));
  if (process.stdin.isTTY)
    throw new OperatorError(`Give the payload: --payload '{"a":1}', a file, or standard input.`);
  return decode(await buffer(process.stdin));
}

/** Bytes that are no UTF-8 would be stored as others. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new OperatorError("The payload is not UTF-8. Send it as UTF-8.");
  }
}

function eventOf(payloadText: string, options: SendOptions): NewEvent {
  const { type, source, subject, tag: tags, orderingKey: ordering_key } = options;
  const { priority, deliverAt: deliver_at, occurredAt: occurred_at } = options;
  const metadata = priority === undefined ? options.metadata : { ...options.metadata, priority };
  const fields = { type, source, subject, tags, ordering_key, deliver_at, occurred_at, metadata };
  return { ...given(fields), payloadText };
}
