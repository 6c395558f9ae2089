import type { FastifyRequest } from "fastify";
import type { RouteContext } from "./http-context.ts";

/** Writes the one log line of an action that people want to trace later: who did it, and to what. */
export function audit(
  { log }: Pick<RouteContext, "log">,
  request: FastifyRequest,
  action: { readonly action: string; readonly [fact: string]: string | readonly string[] },
): void {
  const { projectId, credentialId } = request.caller;
  log.info({ audit: true, ...action, projectId, credentialId, requestId: request.id }, action.action);
}
