import { TriggersError } from "../domain/errors.ts";
import type { JsonFault } from "./json-door/json-fault.ts";

/** The refusal of a text that the JSON door does not let in. */
export function jsonRefusal({ code, pointer, detail }: JsonFault): TriggersError {
  return new TriggersError(code, detail, { fields: [{ pointer, detail }] });
}
