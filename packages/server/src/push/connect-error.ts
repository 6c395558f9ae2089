import type { AttemptError } from "../domain/attempt-result.ts";

/** Why there is no connection. */
export class ConnectError extends Error {
  readonly errorCode: AttemptError;

  constructor(errorCode: AttemptError, cause?: unknown) {
    super(`no connection: ${errorCode}`, { cause });
    this.name = "ConnectError";
    this.errorCode = errorCode;
  }
}
