import type { Problem } from "../generated/types.gen.ts";
import { type FieldFault, TriggersError } from "./triggers-error.ts";

/** What an answer is that is no success. Of a body that is no problem document nothing is shown: a proxy may echo the request, with its key. */
export function readRefusal(response: Response, text: string): TriggersError {
  const { status, headers } = response;
  const retryAfterMs = readRetryAfter(headers.get("retry-after"), Date.now());
  const problem = readProblem(text);
  if (problem !== null) {
    const { code, detail, request_id: requestId, errors = [] } = problem;
    return new TriggersError({ code, detail, status, requestId, errors, retryAfterMs });
  }
  return new TriggersError({
    code: "unexpected_status",
    detail:
      "Something between here and the server answered, or `baseUrl` is not the address of a Triggers API.",
    status,
    requestId: headers.get("x-request-id"),
    retryAfterMs,
  });
}

/** `redirect: "manual"` shows a redirect to Node as it is, and to a page as an opaque answer of status 0. */
export function isRedirect({ type, status }: Response): boolean {
  return type === "opaqueredirect" || (status >= 300 && status < 400);
}

export async function redirected({ status, body }: Response): Promise<TriggersError> {
  await body?.cancel();
  return new TriggersError({
    code: "redirected",
    detail: "Set `baseUrl` to the address that the server redirects to.",
    status: status === 0 ? null : status,
  });
}

/** Seconds or a date (RFC 9110 §10.2.3), in ms from now; null: nothing that can be understood. */
export function readRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) || !/[a-z]/i.test(value) ? null : Math.max(0, date - now);
}

function readProblem(text: string): Problem | null {
  try {
    const value: unknown = JSON.parse(text);
    return isProblem(value) ? value : null;
  } catch {
    return null;
  }
}

/** One that comes as an item of a batch too. */
export function problemError(problem: Problem): TriggersError {
  const { code, detail, status, request_id: requestId } = problem;
  const errors: readonly FieldFault[] = problem.errors ?? [];
  return new TriggersError({ code, detail, status, requestId, errors });
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    typeof value.code === "string" &&
    "detail" in value &&
    typeof value.detail === "string"
  );
}
