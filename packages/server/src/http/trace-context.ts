import type { IncomingHttpHeaders } from "node:http";
import type { TraceContext } from "../domain/event.ts";

/** W3C Trace Context, https://www.w3.org/TR/trace-context/. Later versions may go on after the flags. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MEMBER =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** Longest `tracestate` that is passed on, in characters. The specification asks for 512 at least. */
const TRACESTATE_LENGTH = 1024;
const TRACESTATE_MEMBERS = 32;

/** The trace a request came under, or null. What is not valid is passed over, as the specification asks. */
export function traceOf(headers: IncomingHttpHeaders): TraceContext | null {
  const parent = headers.traceparent;
  if (typeof parent !== "string") return null;
  const state = headers.tracestate;
  return readTrace(parent, typeof state === "string" ? state : null);
}

/** The same for a trace that stands elsewhere, such as in CloudEvents attributes. */
export function readTrace(parent: string, state: string | null): TraceContext | null {
  const traceparent = readParent(parent.trim());
  return traceparent === null ? null : { traceparent, tracestate: state === null ? null : readState(state) };
}

function readParent(text: string): string | null {
  const match = TRACEPARENT.exec(text);
  if (match === null) return null;
  const [, version, traceId = "", parentId = "", flags, rest] = match;
  if (version === "ff" || (version === "00" && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null;
  return `00-${traceId}-${parentId}-${flags}`;
}

function readState(text: string): string | null {
  if (text.length > TRACESTATE_LENGTH) return null;
  const members = text
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
  if (members.length === 0 || members.length > TRACESTATE_MEMBERS) return null;
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf("="))));
  const isValid = keys.size === members.length && members.every((member) => MEMBER.test(member));
  return isValid ? members.join(",") : null;
}
