import type { FastifyReply, FastifyRequest } from "fastify";
import { TriggersError } from "../domain/errors.ts";
import type { Log } from "../observe/log.ts";
import { admitStranger, type Gate } from "./admit.ts";
import { makeAllowedMethods } from "./allowed-methods.ts";
import type { RouteContext } from "./http-context.ts";
import { refusalOf, STATUS, sendProblem } from "./problem.ts";
import type { Route } from "./route.ts";

/** Refusals so frequent under attack or load that a line for each would drown the log; the metrics count them. */
const QUIET = new Set(["unauthenticated", "rate_limited", "overloaded"]);

/** Answers whatever a hook or handler threw. A bug is logged once, with the request id, and its caller learns only that. */
export function makeErrorHandler({ log, rateLimit }: Pick<RouteContext, "log" | "rateLimit">) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    if (request.caller !== undefined && request.prepared?.route.sendsEvents === true)
      rateLimit.showEvents(reply);
    sendProblem(reply, judge(error, request, log));
  };
}

/** Answers what found no route: 405 with `Allow` where another method would have, else 404; under `/v1` only to callers with a credential. */
export function makeNotFoundHandler(gate: Gate, routes: readonly Route[]) {
  const allowedMethods = makeAllowedMethods(routes);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    await admitStranger(request, reply, gate);
    const allowed = allowedMethods(request.url.split("?", 1)[0] ?? "");
    if (allowed.length === 0) {
      throw new TriggersError("not_found", "Check the path; `/openapi.json` lists all there are.");
    }
    reply.header("allow", allowed.join(", "));
    throw new TriggersError("method_not_allowed", `Use ${allowed.join(" or ")}.`);
  };
}

/** Answers a path that the router cannot read: like an unknown one, so that it tells an anonymous caller as little. */
export function answerUnroutable(
  error: unknown,
  { request, reply, gate }: { request: FastifyRequest; reply: FastifyReply; gate: Gate },
): void {
  admitStranger(request, reply, gate)
    .then(() => error)
    .catch((refusal: unknown) => refusal)
    .then((answer) => sendProblem(reply, judge(answer, request, gate.context.log)))
    .catch((bug: unknown) =>
      gate.context.log.error({ err: bug, requestId: request.id }, "no answer was sent"),
    );
}

function judge(error: unknown, request: FastifyRequest, log: Log): TriggersError {
  const refusal = refusalOf(error);
  const path = request.prepared?.route.path;
  const facts = { method: request.method, path, requestId: request.id };
  if (refusal === null || refusal.code === "internal") {
    log.error({ ...facts, err: error }, "a request failed");
    return new TriggersError("internal", "Report the `request_id` to the operator of this server.");
  }
  const { code, cause } = refusal;
  if (STATUS[code] >= 500 && !QUIET.has(code)) log.warn({ ...facts, code, err: cause }, "refused");
  else log[QUIET.has(code) ? "debug" : "info"]({ ...facts, code }, "refused");
  return refusal;
}
