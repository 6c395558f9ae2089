import { OperatorError } from "../../domain/errors.ts";
import { confirm } from "../arguments/confirm.ts";
import { given } from "../arguments/given.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { followJob } from "../jobs/follow-job.ts";
import { countWords, makeOutput } from "../output/output.ts";
import { idOf } from "../subscriptions/find-subscription.ts";

export interface RedriveOptions extends ConnectionOptions {
  readonly all?: true;
  readonly subscription?: string;
  readonly since?: string;
  readonly before?: string;
  readonly reason?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly wait: boolean;
}

/** Tries a dead letter again, or many. */
export async function redriveDeliveries(id: string | undefined, options: RedriveOptions): Promise<void> {
  const { triggers } = await connect(options);
  const output = makeOutput(options);
  if (id !== undefined) {
    const delivery = await triggers.deliveries.redrive(id);
    return output.row(delivery, `${delivery.id} is ${delivery.state}, due at ${delivery.due_at}`);
  }
  const { since: after, before, reason, subscription } = options;
  if (options.all !== true && (subscription ?? after ?? before ?? reason) === undefined)
    throw new OperatorError(
      "Name a delivery, or say which: --subscription, --since, --before, --reason, or --all.",
    );
  const which = given({ subscription_id: await idOf(triggers, subscription), after, before, reason });
  const { count, more } = await triggers.deliveries.countDead(which);
  const words = `${countWords({ count, more })} dead letters would be tried again.`;
  if (options.dryRun === true) return output.row({ count, ...(more === true ? { more } : {}) }, words);
  if (count === 0) return output.note("there are no such dead letters");
  await confirm(`${words} Go on?`, options);
  await followJob({ triggers, output }, await triggers.deliveries.redriveMany(which), options);
}
