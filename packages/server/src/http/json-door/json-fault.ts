/**
 * What can be wrong with a JSON text. The first three make it unreadable (400) and end the scan; the last two are
 * flaws of one value (422), and the scan goes on to the end of the text.
 */
export type JsonFaultCode =
  | "malformed_json"
  | "duplicate_key"
  | "invalid_utf8"
  | "lone_surrogate"
  | "json_too_deep";

export interface JsonFault {
  readonly code: JsonFaultCode;
  /**
   * JSON pointer (RFC 6901) to the value that was being read, or to its object or array where the fault stands between
   * values or in a member name. At most 256 characters: of a longer one, the nearest ancestor that fits.
   */
  readonly pointer: string;
  /** One sentence that says what to do; byte positions count from 0. No content of the text. */
  readonly detail: string;
}

/** How deep arrays and objects may nest in the value of an envelope's member, e.g. in a `payload`; `[]` is 1 deep. */
export const DEPTH_LIMIT = 64;

export function isFlaw(fault: JsonFault): boolean {
  return fault.code === "lone_surrogate" || fault.code === "json_too_deep";
}
