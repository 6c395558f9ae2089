import type { Sent } from "../harness/client.ts";

/** A sound HTTP request that is refused. */
export interface RequestCase extends Sent {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly code: string;
  /** Value of `Allow`, for 405. */
  readonly allow?: string;
}

/** Makes cases that end with this status and code; `call` is method and path. */
export function refusal(status: number, code: string) {
  return (title: string, call: string, sent: Sent = {}): RequestCase => {
    const [method = "", path = ""] = call.split(" ", 2);
    return { title: `${title}: ${method} ${path.slice(0, 60)}`, method, path, status, code, ...sent };
  };
}
