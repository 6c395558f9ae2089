import { type ErrorCode, type FieldFault, TriggersError } from "../domain/errors.ts";

/** Refuses the request if any field is faulty, with all of them. */
export function refuseFields(fields: readonly FieldFault[], code: ErrorCode = "invalid_request"): void {
  if (fields.length === 0) return;
  throw new TriggersError(code, "Correct the fields listed in `errors`.", { fields });
}
