import { z } from "zod";

/** Without C0 and C1 control characters. */
export const NO_CONTROLS = /^\P{Cc}*$/u;

/** A text for people or programs: not empty, no control characters, at most `length` characters (code points). */
export function textInput(length: number) {
  return z.string().min(1).max(length).regex(NO_CONTROLS, "must not contain control characters");
}
