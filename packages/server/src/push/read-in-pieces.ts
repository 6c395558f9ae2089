import type { Socket } from "node:net";

const PIECE_BYTES = 4_096;

/**
 * Makes a socket give what it has in pieces, and nothing once it is destroyed. undici makes an error, with a stack, for each header behind its limit and parses what it was given to the end (client-h1.js,
 * trackHeader): 64 KiB of small headers at once would hold the process for 100 ms.
 */
export function readInPieces(socket: Socket): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    if (socket.destroyed) return null;
    return read(size ?? (socket.readableLength > PIECE_BYTES ? PIECE_BYTES : undefined));
  };
}
