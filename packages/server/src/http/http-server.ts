import { setMaxListeners } from "node:events";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { type FastifyInstance, type FastifyServerOptions, fastify } from "fastify";
import { addRoute } from "./add-route.ts";
import type { Gate } from "./admit.ts";
import { answerUnroutable, makeErrorHandler, makeNotFoundHandler } from "./answer-errors.ts";
import { makeAuthenticate } from "./authenticate.ts";
import { makeBodyRoom } from "./body-room.ts";
import type { HttpContext, RouteContext } from "./http-context.ts";
import { makeReadBody } from "./read-body.ts";
import { makeRequestIds } from "./request-id.ts";
import type { Route } from "./route.ts";
import { getHealth } from "./routes/get-health.ts";
import { getMetrics } from "./routes/get-metrics.ts";
import { getReadiness } from "./routes/get-readiness.ts";
import { ROUTES } from "./routes/index.ts";
import { answerClientFault, answerServerFaults } from "./server-faults.ts";

/** Connections held at once; more are closed as they come. */
const MAX_CONNECTIONS = 10_000;
/** All headers of a request together. */
const HEADER_BYTES = 16 * 1024;
/** What a slow sender gets: for the headers, and for the whole request. */
const HEADERS_MS = 30_000;
const REQUEST_MS = 60_000;
/** How often the two are looked at. */
const CHECK_MS = 5_000;
/** Longer than load balancers keep an idle connection (60 s is usual), so that they are the ones to close it. */
const KEEP_ALIVE_MS = 75_000;
/** A stop waits so long for answers under way, then closes their connections. */
const DRAIN_MS = 15_000;
const DRAIN_CHECK_MS = 50;
/** Longest parameter of a path: room for a name of 128 characters, percent-encoded. */
const PARAM_LENGTH = 512;

/**
 * Makes the HTTP server with all routes; nothing listens yet. `close()` stops accepting, ends long polls and streams, answers what is under way with
 * `Connection: close`, and resolves when every connection is closed, 15 s later at the latest.
 */
export async function makeHttpServer(http: HttpContext): Promise<FastifyInstance> {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const context: RouteContext = { ...http, closing: closing.signal, openApiText };
  const gate: Gate = { context, authenticate: makeAuthenticate(http.flow, http.config.operatorKey) };
  const makeRequestId = makeRequestIds();

  const server = fastify(serverOptions(gate, makeRequestId)) as unknown as FastifyInstance;
  server.server.maxConnections = MAX_CONNECTIONS;
  answerServerFaults(server.server, makeRequestId);
  server.decorateRequest("caller");
  server.decorateRequest("prepared", null);
  server.decorateRequest("response", null);
  server.removeAllContentTypeParsers();
  const readBody = makeReadBody(makeBodyRoom());
  server.addContentTypeParser("*", readBody);
  // By its name too: the framework parses a type anew with each request until it finds one that is named.
  server.addContentTypeParser("application/json", readBody);
  server.setErrorHandler(makeErrorHandler(context));
  const routes = http.config.roles.includes("api") ? ROUTES : ROUTES.filter(isOfProcess);
  server.setNotFoundHandler(makeNotFoundHandler(gate, routes));
  measureAnswers(server, context);
  for (const route of routes) addRoute(server, route, gate);
  server.addHook("preClose", (done) => {
    closing.abort();
    drain(server.server);
    done();
  });
  await server.ready();
  return server;
}

/** Whoever runs a process asks for these, whatever its roles are. */
function isOfProcess({ path }: Route): boolean {
  return path === getHealth.path || path === getReadiness.path || path === getMetrics.path;
}

let openApi: Promise<string> | null = null;

/** Imported when it is first asked for: what describes the API takes longer to load than the API. */
function openApiText(): Promise<string> {
  openApi ??= import("./openapi.ts").then(({ makeOpenApi }) => JSON.stringify(makeOpenApi()));
  return openApi;
}

function serverOptions(
  gate: Gate,
  makeRequestId: ReturnType<typeof makeRequestIds>,
): FastifyServerOptions<Server> {
  const { tlsCert: cert, tlsKey: key } = gate.context.config;
  const node = {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: CHECK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Node's own answer to a missing Host has no body; admit.ts gives one.
    requireHostHeader: false,
  };
  return {
    // Routes are checked by their zod schemas; the framework's own compilers are never asked for, and 8 MB lighter unloaded.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    ...(cert === null || key === null ? { http: node } : { https: { ...node, cert, key } }),
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    genReqId: makeRequestId,
    return503OnClosing: false,
    routerOptions: {
      maxParamLength: PARAM_LENGTH,
      // The text as it is: it is read after authentication, by check-request.ts.
      querystringParser: (text: string) => text as unknown as Record<string, string>,
    },
    frameworkErrors: (error, request, reply) => answerUnroutable(error, { request, reply, gate }),
    clientErrorHandler: (error: Error, socket: Socket) =>
      answerClientFault(error, socket, makeRequestId({ headers: {} })),
  };
}

/** Node closes the connections that are idle when it stops, but not those that become idle with an answer that was under way then. */
function drain(server: Server): void {
  if (!server.listening) return;
  const idle = setInterval(() => server.closeIdleConnections(), DRAIN_CHECK_MS);
  const all = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  server.once("close", () => {
    clearInterval(idle);
    clearTimeout(all);
  });
}

function measureAnswers(server: FastifyInstance, { log }: RouteContext): void {
  server.addHook("onResponse", (request, reply, done) => {
    request.prepared?.meter.record(reply.statusCode, reply.elapsedTime);
    if (log.isLevelEnabled("debug")) {
      const { method, caller, prepared, id } = request;
      const path = prepared?.route.path;
      const { statusCode: status, elapsedTime: elapsedMs } = reply;
      log.debug(
        { method, path, status, elapsedMs, credentialId: caller?.credentialId, requestId: id },
        "answered",
      );
    }
    done();
  });
}

function noCompiler(): never {
  throw new Error("routes have no schemas of the framework's own kind");
}
