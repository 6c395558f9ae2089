import type { FastifyInstance, FastifyRequest } from "fastify";
import { admitTo } from "./admit.ts";
import type { Authenticate } from "./authenticate.ts";
import { NO_BODY_BYTES } from "./body-limits.ts";
import { checkBody, checkParams, checkQuery } from "./check-request.ts";
import type { RouteContext } from "./http-context.ts";
import type { PreparedRoute, Route } from "./route.ts";

/** Puts a route into the server: its one hook, its checks, its handler. */
export function addRoute(
  server: FastifyInstance,
  route: Route,
  { context, authenticate }: { context: RouteContext; authenticate: Authenticate },
): void {
  const prepared: PreparedRoute = {
    route,
    meter: context.metrics.meterOf(route),
    maxBytes: maxBytesOf(route, context),
  };
  server.route({
    method: route.method,
    url: route.path,
    exposeHeadRoute: route.method === "GET",
    onRequest: admitTo(prepared, { context, authenticate }),
    handler: (request, reply) => {
      check(route, request);
      return route.handle(context, request, reply);
    },
  });
}

/** What cannot be parsed (400) before what is not valid (422) before what is not there (404). */
function check(route: Route, request: FastifyRequest): void {
  // The query comes as the text it is, see `querystringParser` in http-server.ts.
  request.query = checkQuery(route.query, request.query as string);
  request.body = checkBody(route.body, request.body as Buffer | undefined);
  request.params = checkParams(route.params, request.params as Readonly<Record<string, string>>);
}

function maxBytesOf({ body }: Route, { config }: RouteContext): number {
  if (body === null) return NO_BODY_BYTES;
  return typeof body.maxBytes === "function" ? body.maxBytes(config) : body.maxBytes;
}
