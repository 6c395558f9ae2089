import type { JobKind } from "../domain/job.ts";
import { type BackFillParts, makeBackFill } from "./back-fill.ts";
import { makeCloseSubscription } from "./close-subscription.ts";
import { makePurgeProject } from "./manage-projects.ts";
import { makeRedrive, type RedriveParts } from "./redrive-deliveries.ts";
import { makeReplay, type ReplayParts } from "./replay-events.ts";
import type { RunStep } from "./run-jobs.ts";

/** What each kind of job does. */
export function makeJobSteps(
  parts: BackFillParts & ReplayParts & RedriveParts,
): Readonly<Record<JobKind, RunStep>> {
  return {
    back_fill: makeBackFill(parts),
    replay: makeReplay(parts),
    redrive: makeRedrive(parts),
    delete_subscription: makeCloseSubscription(parts.store),
    end_subscription: makeCloseSubscription(parts.store),
    delete_project: makePurgeProject(parts),
  };
}
