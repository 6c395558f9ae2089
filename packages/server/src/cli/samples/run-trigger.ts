import { setTimeout as delay } from "node:timers/promises";
import { OperatorError } from "../../domain/errors.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput } from "../output/output.ts";
import { SAMPLES } from "./all-samples.ts";
import { makeDice } from "./dice.ts";
import { findSample } from "./find-sample.ts";
import type { Sample } from "./sample.ts";
import { setField } from "./set-field.ts";

export interface TriggerOptions extends ConnectionOptions {
  readonly list?: true;
  readonly set?: readonly string[];
  readonly count?: number;
  /** Seconds. */
  readonly every?: number;
}

const dice = makeDice(Math.random, Date.now);

/** `triggers trigger`: sends sample events of one type, one after the other. */
export async function runTrigger(type: string | undefined, options: TriggerOptions): Promise<void> {
  const output = makeOutput(options);
  if (options.list === true)
    return output.table(SAMPLES, {
      type: (sample) => sample.type,
      source: ({ source }) => source,
      description: ({ description }) => description,
    });
  if (type === undefined)
    throw new OperatorError(
      "Say which event, such as `triggers trigger order.created`; `triggers trigger --list` shows all.",
    );
  const sample = findSample(type);
  // A wrong --set is told before anything is sent.
  makeEvent(sample, options.set);
  const { triggers } = await connect(options);
  const everyMs = (options.every ?? 0) * 1_000;
  const count = options.count ?? (everyMs === 0 ? 1 : Number.POSITIVE_INFINITY);
  for (let sent = 0; sent < count; sent++) {
    if (sent > 0 && everyMs > 0) await delay(everyMs);
    const event = makeEvent(sample, options.set);
    const { event_id, timestamp } = await triggers.events.send(event);
    output.row({ event_id, timestamp, ...event }, `${event_id}  ${type}  ${JSON.stringify(event.payload)}`);
    await output.flushed();
  }
}

function makeEvent({ type, source, make }: Sample, assignments: readonly string[] = []) {
  const { subject, payload } = make(dice);
  const changed = assignments.reduce<unknown>(setField, payload);
  return { type, source, subject, payload: changed as typeof payload };
}
