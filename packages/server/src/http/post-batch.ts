import type { FastifyReply } from "fastify";
import { type FieldFault, TriggersError } from "../domain/errors.ts";
import type { AcceptOutcome } from "../flow/new-event.ts";
import { refuseReuse } from "./answer-accepted.ts";
import type { RouteContext } from "./http-context.ts";
import { type Problem, problemOf } from "./problem.ts";
import type { BatchItem } from "./read-batch.ts";
import { formatTime } from "./time.ts";

/** Faults of a batch that is refused as a whole; more help nobody. */
const FAULTS = 1_000;
/** Faulty fields of all items together, in characters, after which only codes are answered: an answer has its limit. */
const FAULT_LENGTH = 1024 * 1024;

interface Result {
  readonly outcome: "created" | "replayed" | "failed";
  readonly event_id?: string;
  readonly timestamp?: string;
  readonly error?: Problem;
}

/** Stores the valid items of a batch and says in the order sent what became of each. One event has been charged for the body already. */
export async function postBatch(
  { flow, metrics, rateLimit }: RouteContext,
  reply: FastifyReply,
  { items, rejectsAll }: { readonly items: readonly BatchItem[]; readonly rejectsAll: boolean },
): Promise<unknown> {
  if (items.length > 1) rateLimit.chargeEvents(reply, items.length - 1);
  if (rejectsAll) refuseInvalid(items);
  const { projectId } = reply.request.caller;
  const events = items.flatMap((item) => ("event" in item ? [item.event] : []));
  const outcomes = events.length === 0 ? [] : await flow.acceptEvents(projectId, events);
  const problems = makeProblems(reply.request.id);
  let accepted = 0;
  const results = items.map((item): Result => {
    if ("refusal" in item) return { outcome: "failed", error: problems(item.refusal) };
    const outcome = outcomes[accepted++];
    if (outcome === undefined) throw new Error("No outcome for an event that was accepted.");
    return resultOf(outcome, problems);
  });
  const count = (wanted: Result["outcome"]): number =>
    results.filter(({ outcome }) => outcome === wanted).length;
  const [created, replayed] = [count("created"), count("replayed")];
  metrics.countAcceptedEvents(created, replayed);
  return { created, replayed, failed: count("failed"), results };
}

function refuseInvalid(items: readonly BatchItem[]): void {
  const fields: FieldFault[] = [];
  for (const item of items) {
    if (fields.length >= FAULTS) break;
    if (!("refusal" in item)) continue;
    const { fields: own, detail } = item.refusal;
    fields.push(...(own.length > 0 ? own : [{ pointer: item.pointer, detail }]));
  }
  if (fields.length === 0) return;
  throw new TriggersError("invalid_request", "Nothing was stored; correct the items listed in `errors`.", {
    fields: fields.slice(0, FAULTS),
  });
}

function resultOf(outcome: AcceptOutcome, problems: (error: TriggersError) => Problem): Result {
  if (outcome.outcome === "key_reused") return { outcome: "failed", error: problems(refuseReuse()) };
  return {
    outcome: outcome.outcome,
    event_id: outcome.eventId,
    timestamp: formatTime(outcome.timestamp),
  };
}

/** Problems of the items of one answer. */
function makeProblems(requestId: string): (error: TriggersError) => Problem {
  let length = 0;
  return (error) => {
    const problem = problemOf(error, requestId);
    length += JSON.stringify(problem.errors ?? []).length;
    if (length <= FAULT_LENGTH) return problem;
    const { errors: _, ...short } = problem;
    return short;
  };
}
