import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { eventWords } from "../events/event-words.ts";
import { makeOutput } from "../output/output.ts";

export interface LeaseOptions extends ConnectionOptions {
  readonly inbox: string;
  readonly limit: number;
  readonly lease: number;
  readonly wait: number;
}

/** Takes deliveries; the JSON of it is what `ack`, `release`, `bury` and `extend` read. */
export async function leaseDeliveries(options: LeaseOptions): Promise<void> {
  const { triggers } = await connect(options);
  const output = makeOutput(options);
  const { inbox, limit, lease: lease_seconds, wait: wait_seconds } = options;
  const leased = await triggers.inbox.lease({ inbox, limit, lease_seconds, wait_seconds });
  for (const delivery of leased) {
    const { delivery_id, lease_token, lease_expires_at, event } = delivery;
    output.row(
      delivery,
      `${eventWords(event)}\n  delivery ${delivery_id}\n  token    ${lease_token}\n  yours until ${lease_expires_at}`,
    );
  }
  if (leased.length === 0) output.note("nothing waits");
}
