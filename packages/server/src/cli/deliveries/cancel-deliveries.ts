import { type Delivery, type Triggers, TriggersError } from "@triggers/client";
import { OperatorError } from "../../domain/errors.ts";
import { confirm } from "../arguments/confirm.ts";
import { given } from "../arguments/given.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput, type Output } from "../output/output.ts";
import { makeTallyBar } from "../output/tally-bar.ts";
import { type DeliveryFilters, deliveryQuery } from "./delivery-query.ts";

export interface CancelOptions extends ConnectionOptions, DeliveryFilters {
  readonly state?: "pending" | "dead";
  readonly reason?: string;
  readonly dryRun?: true;
  readonly yes?: true;
}

/** Gives up a delivery, or many, one after the other. */
export async function cancelDeliveries(id: string | undefined, options: CancelOptions): Promise<void> {
  const { triggers } = await connect(options);
  const output = makeOutput(options);
  const { reason, state } = options;
  if (id !== undefined) {
    const delivery = await triggers.deliveries.cancel(id, given({ reason }));
    return output.row(delivery, `${delivery.id} is cancelled`);
  }
  if (state === undefined)
    throw new OperatorError("Name a delivery, or say which: --state pending or --state dead.");
  const list = () => listOf(triggers, options);
  let count = 0;
  for await (const _ of await list()) count++;
  const words = `${count} deliveries would be cancelled.`;
  if (options.dryRun === true) return output.row({ count }, words);
  if (count === 0) return output.note("there are no such deliveries");
  await confirm(`${words} Go on?`, options);
  const bar = makeTallyBar(count);
  try {
    await cancelAll({ triggers, output }, await list(), {
      ...{
        reason,
        onProgress: (done, kept) => bar.show(done + kept, `${done} cancelled, ${kept} changed meanwhile`),
      },
    });
  } finally {
    bar.end();
  }
}

async function listOf(triggers: Triggers, options: CancelOptions): Promise<AsyncIterable<Delivery>> {
  const query = await deliveryQuery(triggers, options);
  return triggers.deliveries.list({ ...query, limit: 1_000 });
}

async function cancelAll(
  { triggers, output }: { readonly triggers: Triggers; readonly output: Output },
  list: AsyncIterable<Delivery>,
  {
    reason,
    onProgress,
  }: { readonly reason: string | undefined; readonly onProgress: (done: number, kept: number) => void },
): Promise<void> {
  let [cancelled, kept] = [0, 0];
  for await (const { id } of list) {
    try {
      await triggers.deliveries.cancel(id, given({ reason }));
      cancelled++;
    } catch (error) {
      // Handed over or settled since it was listed.
      if (!(error instanceof TriggersError) || (error.status !== 409 && error.status !== 404)) throw error;
      kept++;
    }
    onProgress(cancelled, kept);
  }
  output.row(
    { cancelled, kept },
    `${cancelled} cancelled, ${kept} had been handed over or settled meanwhile`,
  );
}
