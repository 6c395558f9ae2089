import type { Socket } from "node:net";

/** `HTTP/1.1 ` comes before the status. */
const STATUS_AT = 9;
const DIGIT_ONE = 0x31;
const HEAD_END = "\r\n\r\n";

/**
 * Makes a socket leave out `100 Continue` answers that nobody asked for. undici takes them for a fault (client-h1.js, onHeadersComplete), while RFC 9110 §15.2 tells clients to pass over them, and some
 * servers send them before every answer. One that comes in pieces stays a fault.
 */
export function passOverContinue(socket: Socket): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    const chunk: unknown = read(size);
    return Buffer.isBuffer(chunk) && isContinue(chunk) ? afterContinue(chunk) : chunk;
  };
}

function isContinue(chunk: Buffer): boolean {
  return (
    chunk[STATUS_AT] === DIGIT_ONE &&
    /^HTTP\/1\.[01] 100[ \r]/.test(chunk.toString("latin1", 0, STATUS_AT + 4))
  );
}

/** What follows, or null if nothing has come yet. */
function afterContinue(chunk: Buffer): Buffer | null {
  let rest = chunk;
  while (isContinue(rest)) {
    const end = rest.indexOf(HEAD_END);
    if (end < 0) return rest;
    rest = rest.subarray(end + HEAD_END.length);
  }
  return rest.length === 0 ? null : rest;
}
