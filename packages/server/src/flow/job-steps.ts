import type { JobKind } from "../domain/job.ts";
import { type BackFillParts, makeBackFill } from "./back-fill.ts";
import { type CloseParts, makeCloseSubscription } from "./close-subscription.ts";
import { makePurgeProject } from "./manage-projects.ts";
import { makeRedrive, type RedriveParts } from "./redrive-deliveries.ts";
import { makeReplay, type ReplayParts } from "./replay-events.ts";
import type { RunStep } from "./run-jobs.ts";

/** What each kind of job does. */
export function makeJobSteps(
  parts: BackFillParts & ReplayParts & RedriveParts & CloseParts,
): Readonly<Record<JobKind, RunStep>> {
  return {
    back_fill: makeBackFill(parts),
    replay: makeReplay(parts),
    redrive: makeRedrive(parts),
    delete_subscription: makeCloseSubscription(parts),
    end_subscription: makeCloseSubscription(parts),
    delete_project: makePurgeProject(parts),
  };
}
