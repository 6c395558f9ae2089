import { TriggersError } from "../domain/errors.ts";

/** Refuses an `expires_at` that has passed: it would end what it is made for. */
export function checkExpiry(expiresAt: number | null | undefined): void {
  if (expiresAt === null || expiresAt === undefined || expiresAt > Date.now()) return;
  throw new TriggersError("invalid_request", "Correct the fields listed in `errors`.", {
    fields: [{ pointer: "/expires_at", detail: "must lie in the future" }],
  });
}
