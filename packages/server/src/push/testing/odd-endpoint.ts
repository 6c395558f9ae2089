import type { AttemptResult } from "../../domain/attempt-result.ts";
import type { Respond } from "./open-receiver.ts";

/** An endpoint that misbehaves once, and what the sender makes of it. `name` goes on after "an endpoint that". */
export interface OddEndpoint {
  readonly name: string;
  readonly respond: Respond;
  readonly result: Partial<AttemptResult>;
  readonly text?: string;
  /** Its connection is closed after it. */
  readonly isClosed?: boolean;
  /** Only the deadline ends it. */
  readonly isEndless?: boolean;
}

export const TIMED_OUT = { statusCode: null, errorCode: "timeout" } as const;
export const ANSWERED = { statusCode: 200, errorCode: null } as const;

export const HEAD = "HTTP/1.1 200 OK\r\n";

export const writing =
  (...parts: readonly (string | Buffer)[]): Respond =>
  (socket) => {
    for (const part of parts) socket.write(part);
  };
