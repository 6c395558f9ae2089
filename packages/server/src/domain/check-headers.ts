import type { FieldFault } from "./errors.ts";

/** Limits of a webhook's own headers. Lengths are characters, all of them ASCII. */
export const HEADER_LIMITS = { count: 32, nameLength: 128, valueLength: 2_048, totalLength: 8_192 } as const;

/** `token` of RFC 9110 §5.6.2. */
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Visible ASCII, with spaces and tabs in between only. Bytes above are left out: receivers disagree on what they mean. */
const VALUE = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;

/** Of one connection only (RFC 9110 §7.6.1 and older ones), or steering the exchange itself. */
const HOP_BY_HOP = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Written by us. */
const OURS = new Set([
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "host",
  "traceparent",
  "tracestate",
  "user-agent",
]);

/** All that is wrong with a webhook's own headers; `at` is the JSON pointer of the object that holds them. */
export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  at = "/webhook/headers",
): readonly FieldFault[] {
  const entries = Object.entries(headers);
  const faults: FieldFault[] = [];
  if (entries.length > HEADER_LIMITS.count)
    faults.push({ pointer: at, detail: `must have at most ${HEADER_LIMITS.count} headers` });
  if (entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0) > HEADER_LIMITS.totalLength)
    faults.push({
      pointer: at,
      detail: `must have at most ${HEADER_LIMITS.totalLength} characters together`,
    });
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const detail =
      faultOfName(name) ??
      faultOfValue(value) ??
      (seen.has(name.toLowerCase())
        ? "must not differ from another header in upper and lower case only"
        : null);
    seen.add(name.toLowerCase());
    if (detail !== null) faults.push({ pointer: `${at}/${escapePointer(name)}`, detail });
  }
  return faults;
}

function faultOfName(name: string): string | null {
  if (!NAME.test(name)) return "must have a header name of letters, digits and -_.!#$%&'*+^`|~";
  if (name.length > HEADER_LIMITS.nameLength)
    return `must have a name of at most ${HEADER_LIMITS.nameLength} characters`;
  const lower = name.toLowerCase();
  if (lower.startsWith("webhook-"))
    return "must not start with webhook-, which are the headers of the signature";
  if (HOP_BY_HOP.has(lower) || lower.startsWith("proxy-"))
    return "must not be a header of the connection itself";
  return OURS.has(lower) ? "must not be a header that we write" : null;
}

function faultOfValue(value: string): string | null {
  if (value.length > HEADER_LIMITS.valueLength)
    return `must have a value of at most ${HEADER_LIMITS.valueLength} characters`;
  return VALUE.test(value) ? null : "must have a value of printable ASCII, with no space at its ends";
}

function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
