import type { Socket } from "node:net";
import { errors } from "undici";

/** An answer with more bytes before its body is a fault; what Node's own servers and clients take. */
export const HEAD_BYTES = 16 * 1024;
const PIECE_BYTES = 4_096;

/** Whose answer a socket gives. */
export interface Answering {
  /** Its head is not through. */
  readonly isHeadDue: boolean;
  /** Of the head, so far. */
  headBytes: number;
}

/**
 * Makes a socket give the head of an answer in pieces, and end with an error where it is too long; nothing comes out of a socket that was destroyed. undici has a limit of its own, but makes an error with a
 * stack for each header behind it, and parses what it was given to the end (client-h1.js, trackHeader): 64 KiB of small headers would hold the process for 100 ms.
 */
export function limitHead(socket: Socket, answering: () => Answering | null): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    if (socket.destroyed) return null;
    const answer = answering();
    if (answer === null || !answer.isHeadDue) return read(size);
    const chunk: unknown = read(size ?? (socket.readableLength > PIECE_BYTES ? PIECE_BYTES : undefined));
    if (!Buffer.isBuffer(chunk)) return chunk;
    answer.headBytes += chunk.length;
    if (answer.headBytes - chunk.length < HEAD_BYTES) return chunk;
    socket.destroy(new errors.HeadersOverflowError());
    return null;
  };
}
