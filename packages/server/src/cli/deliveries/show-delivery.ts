import type { Attempt } from "@triggers/client";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { fieldsOf, makeOutput } from "../output/output.ts";

/** A delivery with what came of each attempt. */
export async function showDelivery(id: string, options: ConnectionOptions): Promise<void> {
  const { triggers } = await connect(options);
  const delivery = await triggers.deliveries.get(id);
  const { attempts, ...facts } = delivery;
  makeOutput(options).row(delivery, [fieldsOf(facts), ...attempts.map(attemptWords)].join("\n"));
}

function attemptWords({ number, started_at, duration_ms, status_code, error_code }: Attempt): string {
  const outcome = status_code === null ? (error_code ?? "no answer") : `status ${status_code}`;
  return `  attempt ${number}  ${started_at}  ${outcome}  ${duration_ms} ms`;
}
