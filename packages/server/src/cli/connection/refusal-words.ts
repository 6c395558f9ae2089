import type { TriggersError } from "@triggers/client";
import { presentConnection } from "./present-connection.ts";

/** By its shape: to load the client for commands that need none would slow their start. */
export function isRefusal(error: Error): error is TriggersError {
  return "requestId" in error && "attempts" in error && "detail" in error;
}

/** What to do about it; the key is in none of the words. */
export function wordsForRefusal(error: TriggersError): string {
  const { url = "the server", urlFrom = "nowhere", keyFrom = "nowhere" } = presentConnection() ?? {};
  switch (error.code) {
    case "connection_failed":
      return `No server answers at ${url} (from ${urlFrom}). Is it running? \`npm start\` starts one here; --url or TRIGGERS_URL name another.`;
    case "timeout":
      return `${url} did not answer in time. Look at its log, then try again.`;
    case "unauthenticated":
      return `${url} does not take the key from ${keyFrom}: it is of another server, revoked or expired. Set TRIGGERS_API_KEY, or change the profile with \`triggers profiles add\`.`;
    case "redirected":
    case "unexpected_status":
    case "unreadable_answer":
      return `What answers at ${url} (from ${urlFrom}) is no Triggers API${statusOf(error)}. Correct --url, TRIGGERS_URL or the profile.`;
    case "invalid_payload_text":
      return "The payload is not one JSON value. Correct it, then send it again.";
    default:
      return fullWords(error);
  }
}

/** The fields at fault say more than the sentence that points to them. */
function fullWords(error: TriggersError): string {
  if (error.errors.length === 0) return `${error.code}: ${error.detail}${requestOf(error)}`;
  return [`${error.code}${requestOf(error)}:`, ...error.errors.map(faultLine)].join("\n");
}

function faultLine({ pointer, detail }: { readonly pointer: string; readonly detail: string }): string {
  return `  ${pointer === "" ? "the whole" : pointer}: ${detail}`;
}

function statusOf({ status }: TriggersError): string {
  return status === null ? "" : ` (status ${status})`;
}

function requestOf({ requestId }: TriggersError): string {
  return requestId === null ? "" : ` (request ${requestId})`;
}
