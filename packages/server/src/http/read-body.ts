import type { IncomingMessage } from "node:http";
import { gunzip } from "node:zlib";
import type { FastifyRequest } from "fastify";
import { TriggersError } from "../domain/errors.ts";
import type { BodyRoom } from "./body-room.ts";
import type { BodyRule } from "./route.ts";

type Done = (error: Error | null, body?: Buffer) => void;

const EMPTY = Buffer.alloc(0);

/** A body of up to so many bytes needs no room of its own: the connections are counted. */
const SMALL_BYTES = 64 * 1024;

interface Reading {
  readonly request: FastifyRequest;
  readonly room: BodyRoom;
  readonly maxBytes: number;
  readonly done: Done;
}

/**
 * Makes what reads the body of a request as bytes. Refused are, in this order: too many bytes as declared, a content type or encoding that is not
 * taken, too many bytes as they come or as they unpack. Without a route (an unknown path) nothing is read.
 */
export function makeReadBody(room: BodyRoom) {
  return (request: FastifyRequest, payload: IncomingMessage, done: Done): void => {
    const { prepared } = request;
    if (prepared === null) done(null);
    else read(prepared.route.body, payload, { request, room, maxBytes: prepared.maxBytes, done });
  };
}

function read(body: BodyRule | null, payload: IncomingMessage, reading: Reading): void {
  const { request, done } = reading;
  const refusal = checkHeaders(body, reading);
  if (refusal !== null) {
    done(refusal);
    return;
  }
  if (request.headers.expect !== undefined) request.raw.emit("bodyWanted");
  const isPacked = isGzip(request.headers["content-encoding"]);
  collect(payload, reading, isPacked ? (error, packed) => unpack(error, packed, reading) : done);
}

function checkHeaders(body: BodyRule | null, { request, maxBytes }: Reading): TriggersError | null {
  const { headers } = request;
  if (Number(headers["content-length"]) > maxBytes) return tooLarge(maxBytes);
  const isTypeTaken =
    body === null || (isTaken(body, request.mediaType ?? "", request) && isUtf8(headers["content-type"]));
  if (!isTypeTaken) {
    return new TriggersError("unsupported_media_type", `Send the body as ${takenTypes(body)}, in UTF-8.`);
  }
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "identity" || isGzip(encoding)) return null;
  return new TriggersError(
    "unsupported_media_type",
    "Send the body plain, or with `Content-Encoding: gzip`.",
  );
}

function isTaken(body: BodyRule, mediaType: string, request: FastifyRequest): boolean {
  if (body.kind === "json") return mediaType === "application/json";
  return Object.hasOwn(body.schemas, mediaType) || body.alsoTakes(mediaType, request);
}

function takenTypes(body: BodyRule): string {
  const types = body.kind === "json" ? ["application/json"] : Object.keys(body.schemas);
  return types.map((type) => `\`${type}\``).join(" or ");
}

/** Without a word about it a body is in UTF-8. */
function isUtf8(contentType: string | undefined): boolean {
  if (contentType === undefined || !/charset/i.test(contentType)) return true;
  return /;\s*charset="?utf-?8"?\s*(?:;|$)/i.test(contentType);
}

function isGzip(encoding: string | undefined): boolean {
  return encoding !== undefined && /^(?:x-)?gzip$/i.test(encoding);
}

/** The listeners stay on the message, which ends with its request: taking them off was 1.2 % of the time of the thread that serves HTTP. */
function collect(payload: IncomingMessage, { request, room, maxBytes }: Reading, done: Done): void {
  // Null once it is over: whoever still holds the message does not hold them.
  let pieces: Buffer[] | null = [];
  let length = 0;
  const onData = (piece: Buffer): void => {
    if (pieces === null) return;
    length += piece.length;
    if (length > maxBytes) finish(tooLarge(maxBytes));
    else if (length > SMALL_BYTES && !takeRoom(room, piece.length, request)) finish(noRoom());
    else pieces.push(piece);
  };
  const finish = (error: Error | null): void => {
    if (pieces === null) return;
    const body = error === null ? joinPieces(pieces, length) : EMPTY;
    pieces = null;
    done(error, body);
  };
  payload.on("data", onData);
  payload.on("end", () => finish(null));
  payload.on("error", finish);
}

/** Most bodies come as one, which is used as it is: node has copied it out of the socket's buffer. */
function joinPieces(pieces: readonly Buffer[], length: number): Buffer {
  const [first, second] = pieces;
  return first !== undefined && second === undefined ? first : Buffer.concat(pieces, length);
}

/** Stops unpacking at the limit, so that a small body cannot fill the memory. */
function unpack(
  error: Error | null,
  packed: Buffer = EMPTY,
  { request, room, maxBytes, done }: Reading,
): void {
  if (error !== null) {
    done(error);
    return;
  }
  gunzip(packed, { maxOutputLength: maxBytes }, (fault, bytes) => {
    if (fault !== null) done(isTooLong(fault) ? tooLarge(maxBytes) : notPacked());
    else if (bytes.length > SMALL_BYTES && !takeRoom(room, bytes.length, request)) done(noRoom());
    else done(null, bytes);
  });
}

function takeRoom(room: BodyRoom, bytes: number, { response }: FastifyRequest): boolean {
  return response === null || room.take(bytes, response);
}

function isTooLong(fault: Error): boolean {
  return "code" in fault && fault.code === "ERR_BUFFER_TOO_LARGE";
}

function notPacked(): TriggersError {
  return new TriggersError("invalid_encoding", "Send one whole gzip stream, or none.");
}

function noRoom(): TriggersError {
  return new TriggersError("overloaded", "Send the same again in a second; nothing was stored.");
}

function tooLarge(maxBytes: number): TriggersError {
  return new TriggersError("payload_too_large", `Send at most ${maxBytes} bytes, counted unpacked.`);
}
