import type { ServerResponse } from "node:http";

/** Bytes of large bodies that all requests together may hold until they are answered. */
const ROOM_BYTES = 64 * 1024 * 1024;

/** Memory for bodies: however many callers send large ones at the same time, the process keeps its size. */
export interface BodyRoom {
  /** Takes room until the answer is over, or says that there is none. */
  take(bytes: number, response: ServerResponse): boolean;
}

export function makeBodyRoom(roomBytes = ROOM_BYTES): BodyRoom {
  let left = roomBytes;
  const taken = new WeakMap<ServerResponse, number>();
  return {
    take: (bytes, response) => {
      if (bytes > left) return false;
      left -= bytes;
      const before = taken.get(response);
      taken.set(response, (before ?? 0) + bytes);
      if (before === undefined) response.once("close", () => (left += taken.get(response) ?? 0));
      return true;
    },
  };
}
