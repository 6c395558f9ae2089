import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type ErrorCode, TriggersError } from "../domain/errors.ts";
import { problemHeaders, problemOf, STATUS } from "./problem.ts";

/** What node's parser and timers report, by code; anything else of HTTP's form is `malformed_request`. */
const FAULTS: Readonly<Record<string, { readonly code: ErrorCode; readonly detail: string }>> = {
  HPE_HEADER_OVERFLOW: {
    code: "headers_too_large",
    detail: "Send fewer or shorter headers, at most 16 KiB together.",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { code: "payload_too_large", detail: "Leave out the chunk extensions." },
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: "request_timeout",
    detail: "Send the headers within 30 s and the whole request within 60 s.",
  },
};
const MALFORMED = { code: "malformed_request", detail: "Send well-formed HTTP/1.1." } as const;

/** What node answers, or does not answer, by itself gets a problem document too. */
export function answerServerFaults(
  server: Server,
  makeRequestId: (request: IncomingMessage) => string,
): void {
  // The body is asked for only after the checks that need none of it: see `bodyWanted` in read-body.ts.
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    request.once("bodyWanted", () => response.writeContinue());
    server.emit("request", request, response);
  });
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    const id = makeRequestId(request);
    const refusal = new TriggersError(
      "expectation_failed",
      "Leave out the `Expect` header, or send `100-continue`.",
    );
    const { headers, body } = documentOf(refusal, id);
    response.writeHead(STATUS[refusal.code], headers);
    response.end(body);
  });
}

/** Answers a connection that sent no readable request, and closes it. */
export function answerClientFault(error: Error & { code?: string }, socket: Socket, requestId: string): void {
  const answering = answerOn(socket);
  if (error.code === "ECONNRESET" || !socket.writable || answering?.headersSent === true) {
    socket.destroy();
    return;
  }
  if (answering?.req.complete === true) {
    // The fault is in what came behind a whole request: that one gets its answer, what follows gets none.
    answering.once("close", () => socket.destroy());
    return;
  }
  const { code, detail } = FAULTS[error.code ?? ""] ?? MALFORMED;
  const { headers, body } = documentOf(new TriggersError(code, detail), requestId);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${STATUS[code]} ${STATUS_CODES[STATUS[code]]}\r\n${lines.join("")}\r\n${body}`);
}

/** Of a connection that is closed after it. */
function documentOf(refusal: TriggersError, requestId: string) {
  const body = JSON.stringify(problemOf(refusal, requestId));
  const headers: Record<string, string> = {
    ...problemHeaders(refusal.code),
    "content-length": String(Buffer.byteLength(body)),
    "x-request-id": requestId,
    connection: "close",
  };
  return { headers, body };
}

/** Node keeps the answer under way on the socket, without a public name for it. */
function answerOn(socket: Socket & { _httpMessage?: ServerResponse | null }): ServerResponse | null {
  return socket._httpMessage ?? null;
}
