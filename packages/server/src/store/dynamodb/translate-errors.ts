import { TriggersError } from "../../domain/errors.ts";

/** Of the service, after the client has tried several times. */
const UNAVAILABLE: readonly string[] = [
  "ProvisionedThroughputExceededException",
  "ProvisionedThroughputExceeded",
  "ThrottlingException",
  "ThrottlingError",
  "RequestLimitExceeded",
  "InternalServerError",
  "ServiceUnavailable",
  "ServiceUnavailableException",
  "TransactionConflictException",
  "TransactionConflict",
  "TransactionInProgressException",
  "LimitExceededException",
  "SlowDown",
  "TimeoutError",
  "AbortError",
  "RequestTimeout",
  "CredentialsProviderError",
  "ExpiredTokenException",
  "UnrecognizedClientException",
  "AccessDeniedException",
];

const TABLE_MISSING = "ResourceNotFoundException";

/** What a caller may be told of a failure of the driver; anything else stays as it is: it is a bug. */
export function translateError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TriggersError) return error;
  if (error.name === TABLE_MISSING) {
    const detail = "A table is missing; run `triggers store migrate`.";
    return new TriggersError("storage_unavailable", detail, { cause: error });
  }
  if (!UNAVAILABLE.includes(error.name) && !isOfNetwork(error) && !isOfServer(error)) return error;
  return unavailable(error);
}

export function unavailable(cause?: unknown): TriggersError {
  return new TriggersError("storage_unavailable", "DynamoDB does not answer; send the same again later.", {
    cause,
  });
}

export function isTableMissing(error: unknown): boolean {
  return error instanceof Error && error.name === TABLE_MISSING;
}

function isOfNetwork(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && /^E[A-Z]+$/.test(error.code);
}

function isOfServer(error: Error): boolean {
  if (!("$metadata" in error)) return false;
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: number };
  return httpStatusCode !== undefined && httpStatusCode >= 500;
}
