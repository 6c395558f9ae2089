import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

const GIVEN = /^[\x20-\x7e]{1,128}$/;

/** Gives each request its id: the caller's `X-Request-Id` if it is 1–128 printable ASCII characters, else one of ours. */
export function makeRequestIds(): (request: Pick<IncomingMessage, "headers">) => string {
  const start = randomBytes(9).toString("base64url");
  let count = 0;
  return ({ headers }) => {
    const given = headers["x-request-id"];
    if (typeof given === "string" && GIVEN.test(given)) return given;
    count += 1;
    return `${start}-${count.toString(36)}`;
  };
}
