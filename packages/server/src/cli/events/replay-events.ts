import { OperatorError } from "../../domain/errors.ts";
import { confirm } from "../arguments/confirm.ts";
import { type EventFilters, filtersOf } from "../arguments/event-filters.ts";
import { given } from "../arguments/given.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { followJob } from "../jobs/follow-job.ts";
import { countWords, makeOutput } from "../output/output.ts";
import { idOf } from "../subscriptions/find-subscription.ts";
import { typeFilter } from "../subscriptions/type-filter.ts";

export interface ReplayOptions extends ConnectionOptions, Pick<EventFilters, "type"> {
  readonly subscription?: string;
  readonly filter?: Record<string, unknown>;
  readonly since?: string;
  readonly before?: string;
  readonly rate?: number;
  readonly dryRun?: true;
  readonly yes?: true;
  /** False: the job is not waited for. */
  readonly wait: boolean;
}

/** Makes new deliveries of one old event, or of many. */
export async function replayEvents(id: string | undefined, options: ReplayOptions): Promise<void> {
  const { triggers } = await connect(options);
  const output = makeOutput(options);
  const { subscription, since: after, before, rate: rate_per_second } = options;
  const subscription_id = await idOf(triggers, subscription);
  if (id !== undefined) {
    if (
      Object.keys({ ...filtersOf(options), ...given({ after, before, filter: options.filter }) }).length > 0
    )
      throw new OperatorError(
        "Give one event, or --type, --filter, --since and --before for many, not both.",
      );
    const job = await triggers.events.replay(id, given({ subscription_id }));
    return await followJob({ triggers, output }, job, options);
  }
  const filter = typeFilter(options.type === undefined ? undefined : [options.type], options.filter);
  const which = given({ filter, after, before, subscription_id, rate_per_second });
  const { count, more } = await triggers.events.countReplays(which);
  const words = `${countWords({ count, more })} deliveries would be made.`;
  if (options.dryRun === true) return output.row({ count, ...(more === true ? { more } : {}) }, words);
  await confirm(`${words} Go on?`, options);
  await followJob({ triggers, output }, await triggers.events.replayMany(which), options);
}
