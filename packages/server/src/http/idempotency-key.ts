import type { IncomingMessage } from "node:http";
import { TriggersError } from "../domain/errors.ts";
import { EVENT_LIMITS } from "../domain/event.ts";

const PRINTABLE = /^[\x20-\x7e]*$/;
/** String of RFC 8941 §3.3.3: printable ASCII in quotes, `"` and `\` behind a backslash. */
const QUOTED = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"$/;

/** True for what may be an idempotency key. */
export function isIdempotencyKey(key: string): boolean {
  return key.length > 0 && key.length <= EVENT_LIMITS.idempotencyKeyLength && PRINTABLE.test(key);
}

/** The header `Idempotency-Key`, bare or as a quoted string, both being the same key; null if it was not sent. */
export function readIdempotencyKey(request: IncomingMessage): string | null {
  const header = request.headers["idempotency-key"];
  if (header === undefined) return null;
  const key = typeof header === "string" && isSentOnce(request) ? unquote(header) : null;
  if (key === null || !isIdempotencyKey(key))
    throw new TriggersError(
      "malformed_header",
      "Send `Idempotency-Key` once, as 1 to 255 printable ASCII characters, bare or as a quoted string.",
    );
  return key;
}

/** Node joins repeated headers with a comma, which may stand in a key. */
function isSentOnce({ rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === "idempotency-key") count++;
  return count <= 1;
}

function unquote(header: string): string | null {
  if (!header.startsWith('"')) return header;
  return QUOTED.test(header) ? header.slice(1, -1).replace(/\\(.)/g, "$1") : null;
}
