import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { type Checksum, readCursor, writeCursor } from "../../domain/cursor.ts";
import { TriggersError } from "../../domain/errors.ts";
import type { EventFilter, StreamItem } from "../../flow/views.ts";
import { makeAnswerBytes } from "../answer-bytes.ts";
import { checkAccess, makeAuthenticate } from "../authenticate.ts";
import { type EventStream, openEventStream } from "../event-stream.ts";
import { goneSignal } from "../gone-signal.ts";
import type { RouteContext } from "../http-context.ts";
import { spliceLineBreaks } from "../json-door/splice-line-breaks.ts";
import { keyedChecksum } from "../page.ts";
import { writeEvent } from "../render-event.ts";
import { defineRoute } from "../route.ts";
import { eventFilterQuery, filterOf } from "../schemas/event-query.ts";

/** How often the key is looked at; it is known from memory for up to 2 s more, so that a stream ends within 5 s of a revocation. */
const CHECK_MS = 2_000;
/** What the cursors of streams belong to besides the project. A reader may come back with other filters. */
const SCOPE = "stream";

const EVERYTHING = filterOf({});

export const streamEvents = defineRoute({
  method: "GET",
  path: "/v1/events/stream",
  operationId: "streamEvents",
  access: "events:read",
  tag: "Events",
  summary: "Follow events as they are accepted",
  description:
    "Server-sent events: `event: event`, `data:` the event on one line, `id:` its place in the feed. `Last-Event-ID` goes on from there without a gap; an event may come twice. At the beginning and after each 15 s without an event comes an `id:` alone, so that a reader who saw nothing resumes from there too. The stream ends when the key is revoked and when the server stops; a reader who leaves more than 1 MiB unread is closed.",
  headers: { "Last-Event-ID": "`id` of the last event that was read." },
  query: z.strictObject(eventFilterQuery),
  answers: {
    200: {
      description: "Events, without end.",
      schema: z.string(),
      mediaType: "text/event-stream",
    },
  },
  refusals: ["position_expired", "invalid_cursor"],
  async handle(context, request, reply) {
    const { projectId } = request.caller;
    const gone = goneSignal(context, reply);
    const checksum = keyedChecksum(await context.flow.checksum(projectId, "cursors"));
    const position = readPosition(request, checksum);
    if (position !== null) await checkPosition(context, projectId, position);
    const ended = endOfStream(context, request, gone);
    reply.hijack();
    const stream = openEventStream(reply.raw, reply.getHeaders(), ended.signal);
    try {
      if (request.method === "HEAD") return;
      const filter = filterOf(request.query);
      await follow(stream, context, { projectId, filter, position, signal: ended.signal, checksum });
    } catch (error) {
      // The reader comes back and goes on from the last event it has.
      if (!(error instanceof TriggersError))
        context.log.error({ err: error, requestId: request.id }, "a stream broke");
    } finally {
      ended.stop();
      stream.end();
    }
  },
});

interface Following {
  readonly projectId: string;
  readonly filter: EventFilter;
  readonly position: string | null;
  readonly signal: AbortSignal;
  readonly checksum: Checksum;
}

async function follow(stream: EventStream, { flow }: RouteContext, following: Following): Promise<void> {
  const { projectId, filter, position, signal, checksum } = following;
  for await (const item of flow.streamEvents(projectId, filter, { position, signal })) {
    if (signal.aborted) return;
    const id = writeCursor(item.position, SCOPE, checksum);
    if (item.kind === "event") await stream.event(id, lineOf(item));
    else await stream.heartbeat(id);
  }
}

function lineOf({ view }: Extract<StreamItem, { kind: "event" }>): Buffer {
  const answer = makeAnswerBytes();
  writeEvent(answer, view, { withStatus: false });
  return spliceLineBreaks(answer.end());
}

function readPosition({ headers }: FastifyRequest, checksum: Checksum): string | null {
  const id = headers["last-event-id"];
  if (id === undefined) return null;
  const position = typeof id === "string" ? readCursor(id, SCOPE, checksum) : null;
  if (position !== null) return position;
  throw new TriggersError("invalid_cursor", "Send `Last-Event-ID` as it came with an event of this project.");
}

/** Refuses a position that retention has passed while there is still a status to answer with. */
async function checkPosition({ flow }: RouteContext, projectId: string, position: string): Promise<void> {
  const onlyLook = { order: "oldest", status: null, withStatus: false, limit: 1, maxBytes: 0 } as const;
  await flow.listEvents(projectId, { ...EVERYTHING, ...onlyLook, position });
}

/** Aborted when the reader is gone, the server stops, or the key no longer opens the stream. */
function endOfStream({ flow }: RouteContext, request: FastifyRequest, gone: AbortSignal) {
  const ended = new AbortController();
  const authenticate = makeAuthenticate(flow, null);
  const check = async (): Promise<void> => {
    try {
      checkAccess(await authenticate(request.headers), "events:read");
    } catch {
      ended.abort();
    }
  };
  const timer = setInterval(() => void check(), CHECK_MS);
  return { signal: AbortSignal.any([gone, ended.signal]), stop: () => clearInterval(timer) };
}
