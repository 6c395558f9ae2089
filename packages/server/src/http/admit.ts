import type { FastifyReply, FastifyRequest, onRequestHookHandler } from "fastify";
import { TriggersError } from "../domain/errors.ts";
import { type Authenticate, checkAccess } from "./authenticate.ts";
import { ANONYMOUS, type Caller } from "./caller.ts";
import type { RouteContext } from "./http-context.ts";
import type { PreparedRoute } from "./route.ts";

/** Bodies up to this size are read and dropped after a refusal, so that the connection can go on. */
const DROPPED_BYTES = 64 * 1024;

/** What every request passes. */
export interface Gate {
  readonly context: RouteContext;
  readonly authenticate: Authenticate;
}

/**
 * The one hook before a route: it authenticates, counts, and refuses before the body is read. Without a promise where the credential is known from
 * memory: a second hook, or an `async` one, costs a measurable share of a small post.
 */
export function admitTo(prepared: PreparedRoute, gate: Gate): onRequestHookHandler {
  const isPublic = prepared.route.access === "public";
  const isRead = prepared.route.method === "GET" && !isPublic;
  return (request, reply, done) => {
    request.prepared = prepared;
    request.response = reply.raw;
    try {
      checkHead(request, reply);
      // Caches know `Authorization`, but not `X-API-Key`.
      if (isRead) reply.header("cache-control", "no-store");
      const caller = isPublic ? ANONYMOUS : gate.authenticate(request.headers);
      if (caller instanceof Promise) {
        caller.then((found) => enter(found, reply, gate)).then(() => done(), refuse);
        return;
      }
      enter(caller, reply, gate);
    } catch (error) {
      refuse(error);
      return;
    }
    done();

    function refuse(error: unknown): void {
      closeIfUnread(request, reply);
      done(error as Error);
    }
  };
}

/** Admits a request for which there is no route: anonymous callers learn nothing of `/v1`, others count like anywhere. */
export async function admitStranger(
  request: FastifyRequest,
  reply: FastifyReply,
  { context, authenticate }: Gate,
): Promise<void> {
  request.prepared = null;
  request.caller = ANONYMOUS;
  checkHead(request, reply);
  if (!isApiPath(request.url)) return;
  request.caller = await authenticate(request.headers);
  const refusal = context.rateLimit.admit(reply, request.caller.credentialId, "requests");
  if (refusal !== null) throw refusal;
}

function enter(caller: Caller, reply: FastifyReply, { context }: Gate): void {
  const { request } = reply;
  request.caller = caller;
  const route = request.prepared?.route;
  if (route === undefined || route.access === "public") return;
  const sendsEvents = route.sendsEvents === true;
  const refusal = context.rateLimit.admit(reply, caller.credentialId, sendsEvents ? "events" : "requests");
  if (refusal !== null) throw refusal;
  checkAccess(caller, route.access);
  if (sendsEvents && context.flow.isFull()) {
    throw new TriggersError("overloaded", "Send the same again in a second; nothing was stored.");
  }
}

function checkHead(request: FastifyRequest, reply: FastifyReply): void {
  reply.header("x-request-id", request.id);
  const { httpVersion, rawHeaders } = request.raw;
  const isSound = httpVersion === "1.1" ? countHosts(rawHeaders) === 1 : httpVersion === "1.0";
  if (isSound) return;
  reply.header("connection", "close");
  throw new TriggersError("malformed_request", "Send HTTP/1.1 with one `Host` header.");
}

/** RFC 9112 §3.2: none or several are a fault. Of several, node shows the first alone. */
function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts;
}

/** A refused body that is large, of unknown size, or still to be asked for, is not waited for. */
function closeIfUnread(request: FastifyRequest, reply: FastifyReply): void {
  const { headers } = request;
  const isLong = Number(headers["content-length"] ?? 0) > DROPPED_BYTES;
  const isUnknown = headers["transfer-encoding"] !== undefined || headers.expect !== undefined;
  if (isLong || isUnknown) reply.header("connection", "close");
}

function isApiPath(url: string): boolean {
  let path = url.split("?", 1)[0] ?? "";
  try {
    path = decodeURI(path);
  } catch {
    // Taken as it stands.
  }
  return path === "/v1" || path.startsWith("/v1/");
}
