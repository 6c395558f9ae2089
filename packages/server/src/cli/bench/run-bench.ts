import { randomUUID } from "node:crypto";
import type { Triggers } from "@triggers/client";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput, type Output } from "../output/output.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { type Measured, measureCalls } from "./measure-calls.ts";

export interface BenchOptions extends ConnectionOptions {
  readonly seconds: number;
  readonly concurrency: number;
}

/** Nothing else has events of this type: the inbox of a run takes them alone, and the main inbox none. */
const TYPE = "triggers.bench";
const BATCH = 100;
const PAYLOAD = { order_id: "ord_0001", amount: 4_999, currency: "EUR", note: "x".repeat(200) };

interface Row extends Measured {
  readonly what: string;
}

/** `triggers bench`: measures a server by the client. Its inbox goes with the end; its events stay as long as any. */
export async function runBench(options: BenchOptions): Promise<void> {
  const output = makeOutput(options);
  const { triggers, origin } = await connect(options);
  output.note(
    `${origin}\nEach is measured for ${options.seconds} s with ${options.concurrency} calls at once.`,
  );
  const name = `triggers-bench-${randomUUID().slice(0, 8)}`;
  const { id } = await triggers.subscriptions.create({ channel: "inbox", name, filter: { type: [TYPE] } });
  const stopping = new AbortController();
  const rows: Row[] = [];
  {
    using _ = stopOnSignals(() => stopping.abort(), output);
    try {
      for (const { what, call } of stepsOf(triggers, name)) {
        if (stopping.signal.aborted) break;
        output.note(`${what} …`);
        rows.push({ what, ...(await measureCalls({ ...options, signal: stopping.signal }, call)) });
      }
    } finally {
      await triggers.subscriptions.delete(id);
    }
  }
  await show(output, rows);
  const sent = rows.slice(0, 2).reduce((sum, { items }) => sum + items, 0);
  output.note(`${sent} events of type ${TYPE} stay in the project until their retention ends.`);
}

function stepsOf(triggers: Triggers, inbox: string) {
  const event = { type: TYPE, payload: PAYLOAD };
  const batch = Array.from({ length: BATCH }, () => event);
  return [
    {
      what: "send one event",
      call: async () => {
        await triggers.events.send(event);
        return 1;
      },
    },
    {
      what: `send a batch of ${BATCH}`,
      call: async () => {
        const { created } = await triggers.events.sendBatch(batch);
        return created;
      },
    },
    {
      what: `lease ${BATCH} and acknowledge them`,
      call: async () => {
        const leased = await triggers.inbox.lease({ inbox, limit: BATCH });
        if (leased.length === 0) return null;
        await triggers.inbox.ack(leased);
        return leased.length;
      },
    },
  ];
}

function show(output: Output, rows: readonly Row[]): Promise<void> {
  if (!output.isJson)
    return output.table(rows, {
      call: ({ what }) => what,
      "a second": ({ items, seconds }) => Math.round(items / seconds).toLocaleString("en"),
      "p50 ms": ({ p50 }) => p50.toFixed(1),
      "p99 ms": ({ p99 }) => p99.toFixed(1),
      calls: ({ calls }) => String(calls),
    });
  for (const { what, items, seconds, p50, p99, calls } of rows)
    output.row({ what, per_second: items / seconds, p50_ms: p50, p99_ms: p99, calls, items, seconds });
  return output.flushed();
}
